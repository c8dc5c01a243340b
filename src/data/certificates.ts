/** Codes of certificates by authorities that Node does not know, such as a company's own (OpenSSL's names). */
const unknownAuthority: ReadonlySet<unknown> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** What to do about an error of TLS; undefined where it is none of an unknown certificate. */
export function certificateRemedy(error: Error): string | undefined {
  if (!("code" in error) || !unknownAuthority.has(error.code)) return undefined;
  return " (NODE_EXTRA_CA_CERTS names a file with your network's own certificates)";
}
