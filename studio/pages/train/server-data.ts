import { MNIST_ROLES } from "../../../src/data/sources/mnist.js";
import { dataOfServer, mnistOfServer } from "../../shell/server.js";

/** Whether the page has a server that has MNIST. */
export async function hasServerMnist(): Promise<boolean> {
  try {
    return (await dataOfServer()).some(({ name }) => name === "mnist");
  } catch {
    // The page trains without its server, too; the page of runs says that it is lost.
    return false;
  }
}

/** The files of MNIST by what they hold. */
export async function serverMnist(): Promise<Record<string, Uint8Array>> {
  const files = await Promise.all(
    MNIST_ROLES.map(async (role) => [role, await mnistOfServer(role)] as const),
  );
  return Object.fromEntries(files);
}
