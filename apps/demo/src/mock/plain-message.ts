/** Requests and answers that can be posted to another tab. */

export interface PlainRequest {
	readonly method: string;
	readonly url: string;
	readonly headers: readonly (readonly [string, string])[];
	readonly body: string;
}

export interface PlainReply {
	readonly status: number;
	readonly headers: readonly (readonly [string, string])[];
	readonly body: string;
}

export const plainOf = async (request: Request): Promise<PlainRequest> => ({
	method: request.method,
	url: request.url,
	headers: [...request.headers],
	body: await request.text(),
});

export const requestOf = ({
	method,
	url,
	headers,
	body,
}: PlainRequest): Request =>
	new Request(url, {
		method,
		headers: headers.map(([name, value]): [string, string] => [name, value]),
		body: body || null,
	});

/** Rejects where the answer breaks off in the middle. */
export const replyOf = async (response: Response): Promise<PlainReply> => ({
	status: response.status,
	headers: [...response.headers],
	body: await response.text(),
});

export const responseOf = ({ status, headers, body }: PlainReply): Response =>
	new Response([204, 205, 304].includes(status) ? null : body, {
		status,
		headers: headers.map(([name, value]): [string, string] => [name, value]),
	});
