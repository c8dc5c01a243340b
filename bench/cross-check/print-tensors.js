// Prints the tensors of a PyTorch checkpoint as Fovea reads them, in JSON: name, dtype, shape and the
// values' bytes in hexadecimal.
import { readFileSync } from "node:fs";
import { readPyTorch } from "../../dist/index.js";

const [path] = process.argv.slice(2);
const { tensors } = readPyTorch(readFileSync(path), path);
const printed = [...tensors].map(([name, { dtype, shape, values }]) => {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("hex");
  return { name, dtype, shape, bytes };
});
console.log(JSON.stringify(printed));
