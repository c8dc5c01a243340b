import { serve, type WorkerStart } from "./worker-loop.js";

addEventListener("message", ({ data }: MessageEvent<WorkerStart>) => {
  serve(data, () => postMessage("ready"));
});
