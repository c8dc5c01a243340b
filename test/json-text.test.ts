import { describe, expect, test } from "vitest";
import { jsonText } from "../src/json-text.js";
import { encodeAudit, parseAudit } from "../src/runs/audit-codec.js";
import { fakeAudit } from "./report/fake-audit.js";

const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe("jsonText", () => {
  test("keeps NaN and the infinities apart, as texts that Number reads back", () => {
    const text = jsonText({ loss: values[0], list: values, inner: { x: 1.5, y: null } });
    expect(text).toBe(
      '{"loss":"NaN","list":["NaN","Infinity","-Infinity"],"inner":{"x":1.5,"y":null}}',
    );
    expect(JSON.parse(text).list.map(Number)).toEqual(values);
    expect(jsonText([values[1]], 1)).toBe('[\n "Infinity"\n]');
  });
});

describe("an audit's figures", () => {
  const withLimit = (limit: unknown) => ({
    ...fakeAudit,
    checks: [{ check: "collapse", verdict: "flag", text: "x", figures: { epochs: 1, limit } }],
  });
  const limitOf = (json: string) => {
    const [check] = parseAudit(json, "audit.json").checks;
    return (check!.figures as { limit: number }).limit;
  };

  test.each(values)("%s is read back", (value) => {
    expect(limitOf(jsonText(withLimit(value)))).toBe(value);
  });

  test("null, as before, is NaN; another text is refused", () => {
    expect(limitOf(JSON.stringify(withLimit(null)))).toBeNaN();
    expect(() => limitOf(JSON.stringify(withLimit("nan")))).toThrow('got "nan"');
  });

  test("preprocessing stays", () => {
    const preprocessing = { mean: 0.5, std: 0.5, alignCorners: true };
    const text = jsonText({ ...fakeAudit, preprocessing });
    expect(parseAudit(text, "audit.json").preprocessing).toEqual(preprocessing);
  });
});

describe("an audit's checksum", () => {
  const text = encodeAudit(fakeAudit);

  test("fits what was written", () => {
    expect(parseAudit(text, "audit.json")).toEqual(fakeAudit);
  });

  test("refuses a figure that was changed", () => {
    const changed = text.replace(`"images": ${fakeAudit.images}`, '"images": 7');
    expect(changed).not.toBe(text);
    expect(() => parseAudit(changed, "audit.json")).toThrow(
      /^audit\.json: expected content with checksum [0-9a-f]{12}, got [0-9a-f]{12}$/,
    );
  });
});
