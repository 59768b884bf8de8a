// Where a disruption is, in words (dashboard/map/extents.py): the two ends of a section, or its stations.
(() => {
  const named = ({ ends, names, stations }) => {
    if (ends.length) return pulse.t("extent.section", { from: ends[0], to: ends[1] });
    const listed = names.join(", ");
    const more = stations - names.length;
    return more ? pulse.t("extent.more", { names: listed, n: more }) : listed;
  };

  pulse.extent = (extent) =>
    extent.stations ? `${named(extent)} · ${pulse.t("n.stations", { n: extent.stations })}` : pulse.t("cluster.nowhere");
})();
