import { AuthError } from "@keyturn/core";
import type { GenericSchema, InferOutput } from "valibot";

/** What the standard interface gives when no part of a valibot schema is asynchronous. */
interface Result<Output> {
	readonly value: Output;
	readonly issues?: readonly { readonly path?: readonly { key: string }[] }[];
}

/**
 * Foreign data, checked: only the fields that the schema knows.
 *
 * Of valibot's findings only the names of the schema's own fields may be told. Its issues and messages hold the payload,
 * tokens included, and stay here. Called through the standard interface, which every schema carries anyway.
 *
 * @throws AuthError `code`, naming the fields
 */
export function checked<Schema extends GenericSchema>(
	schema: Schema,
	input: unknown,
	code: "bad-response" | "invalid-option" = "bad-response",
): InferOutput<Schema> {
	const { value, issues } = schema["~standard"].validate(
		input,
	) as unknown as Result<InferOutput<Schema>>;
	if (issues)
		throw new AuthError(code, {
			detail: issues.map(({ path }) => path?.[0]?.key).join(", "),
		});
	return value;
}
