import { assignMarks } from "../../../src/report/model-marks.js";
import type { RunGroup } from "../../../src/study/group-runs.js";
import { networkColor, networkMark } from "../../shell/network-colors.js";
import type { RunRow } from "./rows.js";

/** A CSS colour by the group's name. */
export type GroupColors = ReadonlyMap<string, string>;

/**
 * The colours of groups: that of its network where a group is the only one of it, so that a network looks the same on all
 * pages; groups of one network with different recipes share their first one's and get free ones.
 */
export function groupColors(groups: readonly RunGroup<RunRow>[]): GroupColors {
  const networks = groups.map(({ runs }) => runs[0]!.name);
  const isFirst = networks.map((name, at) => networks.indexOf(name) === at);
  const given = new Map(
    groups.flatMap(({ name }, at) =>
      isFirst[at] ? [[name, networkMark(networks[at]!)] as const] : [],
    ),
  );
  const marks = assignMarks(
    groups.map(({ name }) => name),
    given,
  );
  return new Map(
    groups.map(({ name }, at) => {
      if (isFirst[at]) return [name, networkColor(networks[at]!)];
      const { light, dark } = marks.get(name)!.ink;
      return [name, `light-dark(${light}, ${dark})`];
    }),
  );
}
