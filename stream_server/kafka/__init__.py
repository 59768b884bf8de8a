"""The log on a topic of Kafka: the publisher that fills it, its reader, and a broker to try it with.

Entry e lies whole in partition e % n, one record a line of the log, in the log's order; the key of a record is
`entry/part/of`. Some whole entries make one transaction. So entry numbers only grow in each partition, and where the
topic ends, where it begins and at which offset an entry lies can be read off the topic itself: nothing has to be
remembered anywhere else. The topic `<topic>.status` holds the books of the log, the newest last.
"""
