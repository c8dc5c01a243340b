import type { Dataset } from "../../data/dataset.js";
import { InputError } from "../../errors.js";
import { graphHash } from "../../graph/graph-codec.js";
import { encodeModel } from "../../runs/model-codec.js";
import type { StudyFolder } from "../study-folder.node.js";
import { names, parseCard, type StudyCard } from "./messages.js";
import { factsOf, isKnown, removeSentData, sendData } from "./sent-data.node.js";
import type { Store } from "./server.js";

/** A study that is trained from a queue. */
export interface QueuedStudy {
  readonly folder: StudyFolder;
  readonly data: Dataset;
  /** Names it on the server. */
  readonly id: string;
}

/** Puts what workers need besides jobs on the server: card, networks and data. What is there already stays as it is. */
export async function publishStudy(store: Store, { folder, data, id }: QueuedStudy): Promise<void> {
  const { record } = folder;
  const facts = factsOf({ ...data, name: record.data.name });
  const name = record.study.name ?? record.study.models.map((model) => model.name).join(", ");
  const card: StudyCard = {
    ...{ format: 1, id, name: name.slice(0, 300) || "study", engine: record.engine },
    ...{ data: facts, runs: folder.runs.length, state: "running" },
  };
  await store.setMember(names.studies, id, JSON.stringify(card));
  for (const model of folder.networks.values()) {
    const key = names.network(id, graphHash(model.graph));
    await store.putNewer(key, 1, new TextEncoder().encode(encodeModel(model)));
  }
  if (!isKnown(facts)) await sendData(store, data);
}

/** Sends the data again where a worker asks for them. */
export async function sendWantedData(store: Store, data: Dataset): Promise<void> {
  if ((await store.member(names.wanted, data.digest)) === undefined) return;
  await sendData(store, data);
  await store.removeMember(names.wanted, data.digest);
}

/** Removes what the server has of a study that is done; data that another study has stay. */
export async function removePublished(
  store: Store,
  { folder, data, id }: QueuedStudy,
): Promise<void> {
  await store.removeMember(names.studies, id);
  for (const { graph } of folder.networks.values()) {
    await store.remove(names.network(id, graphHash(graph)));
  }
  const others = await store.members(names.studies);
  const isShared = [...others].some(([other, text]) => mayShare(text, `study ${other}`, data));
  if (!isShared) await removeSentData(store, data.digest);
}

/** Whether a study has these data; one whose card cannot be read, as a later version wrote it, may have them. */
function mayShare(card: string, where: string, { digest }: Dataset): boolean {
  try {
    return parseCard(card, where).data.digest === digest;
  } catch (error) {
    if (error instanceof InputError) return true;
    throw error;
  }
}
