"""The registry of programs: every module of ours that is started by its name. No other module spells such names.

The launcher starts the commands; `up`, `replay` and `rebuild` start the parts of a pipeline. Whoever names a program
here counts as importing it: tests/test_structure.py reads this table and what is taken from it, so an arrow by name
points down, too. The launcher reads it before anything is installed, so it imports nothing.
"""

PROGRAMS = {
    # commands of ./pulse
    "up": "deploy.up",
    "replay": "spark_app.replay.command",
    "serve": "dashboard.server.serve",
    "status": "spark_app.commands.status",
    "incidents": "spark_app.commands.incidents",
    "export": "dashboard.export",
    "archive": "spark_app.commands.archive",
    "rebuild": "spark_app.commands.rebuild",
    "refold": "spark_app.commands.refold",
    "simulate": "prim_client.simulator",
    "geocode": "geo.geocode",
    "score": "spark_app.commands.score",
    "search": "dashboard.search",
    "topics": "spark_app.commands.topics",
    "kafka": "stream_server.kafka_broker",
    "check": "deploy.check",
    # parts of a pipeline
    "collect": "stream_server.serve",
    "publish": "stream_server.publish",
    "serve log": "stream_server.serve_log",
    "spark": "spark_app.commands.app",
    "derive": "spark_app.commands.derive",
    # Spark's classes, recorded once
    "class data": "spark_app.query.make_class_data",
}
