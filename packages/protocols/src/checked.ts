import { AuthError, ownMembers } from "@keyturn/core";
import {
	type InferOutput,
	type ObjectEntries,
	type ObjectSchema,
	object,
} from "valibot";

/** What the standard interface gives when no part of a valibot schema is asynchronous. */
interface Result<Output> {
	readonly value: Output;
	readonly issues?: readonly { readonly path?: readonly { key: string }[] }[];
}

/** `object` of valibot, which walks its entries with `for...in`: also what a polluted prototype adds (D9). */
export const fields = <const Entries extends ObjectEntries>(
	entries: Entries,
): ObjectSchema<Entries, undefined> => object(ownMembers(entries));

/**
 * Foreign data, checked: only the fields that the schema knows.
 *
 * Of valibot's findings only the names of the schema's own fields may be told. Its issues and messages hold the payload,
 * tokens included, and stay here. Called through the standard interface, which every schema carries anyway.
 *
 * @throws AuthError `code`, naming the fields
 */
export function checked<Schema extends ObjectSchema<ObjectEntries, undefined>>(
	schema: Schema,
	given: unknown,
	code: "bad-response" | "invalid-option" = "bad-response",
): InferOutput<Schema> {
	const input = ownMembers(given as Record<string, unknown>);
	// what is missing is said to be missing: valibot would look for it, and for a fallback of it, on the prototype
	for (const key in schema.entries) input[key] ??= null;
	const { value, issues } = schema["~standard"].validate(
		input,
	) as unknown as Result<InferOutput<Schema>>;
	if (issues)
		throw new AuthError(code, {
			detail: issues.map(({ path }) => path?.[0]?.key).join(", "),
		});
	return value;
}
