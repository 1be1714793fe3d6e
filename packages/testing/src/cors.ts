/** CORS as an open API gives it: every origin, every header, no cookies. */

export function answerPreflight(request: Request): Response | undefined {
	if (
		request.method !== "OPTIONS" ||
		!request.headers.has("access-control-request-method")
	)
		return undefined;
	return new Response(null, {
		status: 204,
		headers: {
			"access-control-allow-origin": request.headers.get("origin") ?? "*",
			"access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE",
			"access-control-allow-headers":
				request.headers.get("access-control-request-headers") ?? "*",
			"access-control-max-age": "600",
			vary: "origin, access-control-request-headers",
		},
	});
}

export function addCors(request: Request, response: Response): Response {
	const origin = request.headers.get("origin");
	if (origin) {
		response.headers.set("access-control-allow-origin", origin);
		response.headers.append("vary", "origin");
		response.headers.set(
			"access-control-expose-headers",
			"date, retry-after, www-authenticate",
		);
	}
	return response;
}
