import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { InputError } from "../errors.js";
import { createNewFolder, createParent } from "../files/folders.node.js";
import { writeAtomically } from "../files/write-file.node.js";
import { jsonText } from "../json-text.js";
import { createDatedFolder } from "../runs/run-folder.node.js";
import type { ControlRequest, TrainingRequest } from "./api.js";
import { placeInside } from "./inside-folder.js";
import { type Jobs, mostJobs } from "./jobs.js";
import { localData } from "./local-data.js";
import { studyRequest, trainingArguments } from "./requests.js";
import type { FolderWatch } from "./watch.js";

const where = "fovea studio";

/** Begins and controls trainings in the server's folder. */
export class Control {
  constructor(
    private readonly root: string,
    private readonly jobs: Jobs,
    private readonly watch: FolderWatch,
  ) {}

  /** @returns the path of the run's folder */
  async train(request: TrainingRequest): Promise<string> {
    this.#checkRoom();
    await checkIsLocal(request.data);
    createParent(this.root);
    const folder = createDatedFolder(this.root, `${request.model}-seed${request.seed}`);
    const path = basename(folder);
    this.jobs.start(path, "run", trainingArguments(request, folder));
    return path;
  }

  /** @returns the path of its folder */
  async study(body: unknown): Promise<string> {
    const { name, study } = studyRequest(body);
    this.#checkRoom();
    await checkIsLocal(study.data);
    createParent(this.root);
    const folder = join(this.root, name);
    if (!createNewFolder(folder)) {
      throw new InputError(where, "a name that no file or folder has yet", name);
    }
    const scratch = mkdtempSync(join(tmpdir(), "fovea-study-"));
    const file = join(scratch, `${name}.json`);
    writeAtomically(file, `${jsonText(study, 2)}\n`);
    this.jobs.start(name, "study", ["study", `--out=${folder}`, file], () =>
      rmSync(scratch, { recursive: true, force: true }),
    );
    return name;
  }

  /** @throws InputError where that cannot be done with this folder now */
  control({ path, action }: ControlRequest): void {
    if (action === "resume") this.#resume(path);
    else if (!this.jobs[action](path)) {
      throw new InputError(where, `a training of this server that can ${action} now`, path);
    }
  }

  #resume(path: string): void {
    if (this.jobs.isRunning(path)) {
      throw new InputError(where, "a training that has stopped", "one that trains");
    }
    this.#checkRoom();
    const place = placeInside(this.root, path);
    const entry = place === undefined ? undefined : this.watch.entry(path);
    if (place === undefined || (entry?.kind !== "run" && entry?.kind !== "study")) {
      throw new InputError(where, "a run or study of this folder", path);
    }
    if (entry.kind === "run") this.jobs.start(path, "run", ["train", `--resume=${place}`]);
    else this.jobs.start(path, "study", ["study", "resume", place]);
  }

  #checkRoom(): void {
    if (this.jobs.count < mostJobs) return;
    const expected = `at most ${mostJobs} trainings at the same time: stop one first`;
    throw new InputError(where, expected, `${this.jobs.count + 1}`);
  }
}

/** The page's wishes never make this machine download anything. */
async function checkIsLocal(name: string): Promise<void> {
  const { sets } = await localData();
  if (sets.some((set) => set.name === name)) return;
  throw new InputError(
    where,
    `data on this machine (fovea data --help says how to get ${name})`,
    name,
  );
}
