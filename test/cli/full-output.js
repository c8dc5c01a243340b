// Preloaded before a command: from the line on that holds this file's query, standard output is a file on a full disk.
const text = decodeURIComponent(new URL(import.meta.url).search.slice(1));
const write = process.stdout._write;
let isFull = false;
process.stdout._write = function (chunk, encoding, done) {
  isFull ||= String(chunk).includes(text);
  if (!isFull) return write.call(this, chunk, encoding, done);
  done(Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC", syscall: "write" }));
};
