// What tests of this folder that are plain JavaScript take from the compiled modules.
export { runFiles } from "../../../dist/runs/run-folder.node.js";
export {
  readStudy,
  studyFiles,
  studyRunFolder,
} from "../../../dist/study/study-folder.node.js";
