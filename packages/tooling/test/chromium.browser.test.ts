import { expect, test } from "vitest";

test("browser tests run inside a real Chromium, in a secure context", () => {
	expect(navigator.userAgent).toContain("Chrome/");
	expect(isSecureContext).toBe(true);
	expect(typeof navigator.locks.request).toBe("function");
});
