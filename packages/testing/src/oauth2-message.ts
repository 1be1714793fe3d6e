/** How OAuth 2.0 requests are read and refused: forms, client authentication, error bodies, challenges. */
import { type ApiReply, type ApiRequest, empty, json } from "./api-message.ts";
import type { Held } from "./token-ledger.ts";

export interface OAuth2Client {
	readonly id: string;
	/** `null`: a public client. */
	readonly secret: string | null;
}

export const noStore = { "cache-control": "no-store", pragma: "no-cache" };

/** RFC 6749 §5.2 */
export const errorReply = (error: string, description?: string): ApiReply =>
	error === "invalid_client"
		? json(
				401,
				{ error, error_description: description },
				{ ...noStore, "www-authenticate": 'Basic realm="mock"' },
			)
		: json(400, { error, error_description: description }, noStore);

function readClient(
	{ headers }: ApiRequest,
	form: URLSearchParams,
): { id: string | null; secret: string | null } {
	const basic = /^basic +(\S+)$/i.exec(headers.authorization ?? "")?.[1];
	if (basic === undefined)
		return { id: form.get("client_id"), secret: form.get("client_secret") };
	try {
		// RFC 7617 §2: the first colon parts them, whatever else there is
		const [, ...parts] = /^([^:]*):(.*)$/s.exec(atob(basic)) ?? [];
		const [id = null, secret = null] = parts
			// RFC 6749 §2.3.1: both are form-encoded before they are joined
			.map((part) => decodeURIComponent(part.replaceAll("+", " ")));
		return { id, secret };
	} catch {
		return { id: null, secret: null };
	}
}

/** Empty when the body is not declared as a form. */
export const formOf = ({ headers, body }: ApiRequest): URLSearchParams =>
	new URLSearchParams(
		headers["content-type"]?.startsWith("application/x-www-form-urlencoded")
			? body
			: "",
	);

/** @returns `undefined`: not a client of ours, or its secret is wrong */
export function clientOf(
	clients: readonly OAuth2Client[],
	request: ApiRequest,
	form: URLSearchParams,
): OAuth2Client | undefined {
	const { id, secret } = readClient(request, form);
	const client = clients.find((one) => one.id === id);
	return client && (client.secret === null || client.secret === secret)
		? client
		: undefined;
}

/** RFC 6750 §3 */
export const challenge = (status: number, error?: string): ApiReply =>
	empty(status, {
		"www-authenticate": error
			? `Bearer realm="mock", error="${error}"`
			: 'Bearer realm="mock"',
	});

/** RFC 6749 §5.1. @param expiresInSeconds `null`: left out */
export const grantReply = (
	{ session, pair }: Held,
	expiresInSeconds: number | null,
	withRefresh: boolean,
): ApiReply =>
	json(
		200,
		{
			access_token: pair.access,
			token_type: "Bearer",
			...(expiresInSeconds !== null && { expires_in: expiresInSeconds }),
			...(session.hasRefresh && withRefresh && { refresh_token: pair.refresh }),
		},
		noStore,
	);
