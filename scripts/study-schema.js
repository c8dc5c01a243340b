// Writes schemas/study.schema.json, by which editors complete and check the manifest of a study.

import { writeFileSync } from "node:fs";
import { manifestJsonSchema } from "../dist/study/manifest-schema.js";

const file = new URL("../schemas/study.schema.json", import.meta.url);
writeFileSync(file, `${JSON.stringify(manifestJsonSchema(), null, 2)}\n`);
