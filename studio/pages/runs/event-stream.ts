/**
 * The data of server-sent events, from the bytes of an answer. `EventSource` itself cannot send a header, which the
 * server asks for.
 */
export async function* eventData(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as never)
    .getReader() as ReadableStreamDefaultReader<string>;
  const cancel = () => void reader.cancel().catch(() => {});
  signal.addEventListener("abort", cancel);
  let open = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      open += value;
      const events = open.split("\n\n");
      open = events.pop()!;
      for (const event of events) {
        const lines = event.split("\n").filter((line) => line.startsWith("data:"));
        if (lines.length > 0) yield lines.map((line) => line.slice(5).trimStart()).join("\n");
      }
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}
