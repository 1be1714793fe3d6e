import { AuthError, ownMembers } from "@keyturn/core";
import type { GenericSchema, InferOutput } from "valibot";

/** What is read of foreign data, by name. */
type Fields = Readonly<Record<string, GenericSchema>>;

/**
 * Foreign data, checked: only these fields, and of them only what the data says itself.
 *
 * Not by valibot's `object`: in a realm whose `Object.prototype` is polluted it reads fields, fallbacks and findings from
 * there, and adds to them without end (D9). Each field by itself is checked on an object that inherits nothing.
 *
 * Of valibot's findings only the names of these fields may be told. Its issues and messages hold the payload, tokens
 * included, and stay here.
 *
 * @throws AuthError `code`, naming the fields
 */
export function checked<const F extends Fields>(
	fields: F,
	given: unknown,
	code: "bad-response" | "invalid-option" = "bad-response",
): { [Name in keyof F]: InferOutput<F[Name]> } {
	const input = ownMembers(given as Record<string, unknown>);
	const read = ownMembers<Record<string, unknown>>({});
	const wrong: string[] = [];
	for (const [name, schema] of Object.entries(fields)) {
		const { typed, value } = schema["~run"](
			ownMembers({ value: input[name] ?? null }),
			ownMembers({}),
		);
		if (!typed) wrong.push(name);
		read[name] = value;
	}
	if (wrong[0]) throw new AuthError(code, { detail: wrong.join(", ") });
	return read as { [Name in keyof F]: InferOutput<F[Name]> };
}
