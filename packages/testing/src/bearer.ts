import type { ApiRequest } from "./api-message.ts";

/** RFC 6750 §2.1: the scheme's case does not matter. */
export function readBearer({ headers }: ApiRequest): string | null {
	return (
		/^bearer +([\w.~+/=-]+)$/i.exec(headers.authorization ?? "")?.[1] ?? null
	);
}
