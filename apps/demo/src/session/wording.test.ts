import { expect, test } from "vitest";
import { duration, messageOf, span } from "./wording.ts";

test.each([
	[0, "00:00"],
	[-5, "00:00"],
	[61_400, "01:01"],
	[899_600, "15:00"],
	[3_600_000, "1 h 00 min"],
	[30 * 86_400_000, "30 d 0 h"],
	[Number.POSITIVE_INFINITY, "for ever"],
])("%d ms is %s", (ms, text) => {
	expect(duration(ms)).toBe(text);
});

test.each([
	[12.4, "12 ms"],
	[2_130, "2.1 s"],
	[240_000, "4 min"],
	[28_800_000, "8 h"],
])("a span of %d ms is %s", (ms, text) => {
	expect(span(ms)).toBe(text);
});

test("the API's own words come first", () => {
	expect(messageOf({ code: "rejected", detail: "Wrong password" })).toBe(
		"Wrong password",
	);
	expect(messageOf({ code: "rejected", detail: null })).toBe(
		"The API refused these credentials.",
	);
});
