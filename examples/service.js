// A service that says what an uploaded picture shows. `npm i hono @hono/node-server`, then
//   node examples/service.js RUN 8080
//   curl -F picture=@seven.png http://localhost:8080
import { serve } from "@hono/node-server";
import { InputError, predict } from "fovea";
import { decodePicture, readClassifier } from "fovea/node";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";

const [run, port = "8080"] = process.argv.slice(2);
const classifier = readClassifier(run);

const app = new Hono();
app.post("/", bodyLimit({ maxSize: 8 * 2 ** 20 }), async (context) => {
  const { picture } = await context.req.parseBody();
  if (!(picture instanceof File)) {
    return context.json({ error: "expected a file named picture" }, 400);
  }
  try {
    const pixels = decodePicture(new Uint8Array(await picture.arrayBuffer()), picture.name);
    const [found] = await predict(classifier, [pixels]);
    return context.json(found);
  } catch (error) {
    if (error instanceof InputError) return context.json({ error: error.message }, 400);
    throw error;
  }
});

serve({ fetch: app.fetch, port: Number(port), hostname: "127.0.0.1" }, ({ port }) =>
  console.log(`http://127.0.0.1:${port}`),
);
