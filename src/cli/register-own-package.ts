// For `node --import`: `import … from "fovea"` gives this very package.
import { resolveOwnPackage } from "./own-package.js";

resolveOwnPackage();
