import { parentPort, workerData } from "node:worker_threads";
import { serve, type WorkerStart } from "./worker-loop.js";

serve(workerData as WorkerStart, () => parentPort?.postMessage("ready"));
