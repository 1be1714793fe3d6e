/** Over 200 lines: the documentation, point by point. */
import { beforeEach, describe, expect, test } from "vitest";
import { createOzAuthority, type OzAuthority } from "./oz-authority.ts";

const base = "https://oz.test";
let atMs: number;
let api: OzAuthority;

beforeEach(() => {
	atMs = 1_800_000_000_000;
	api = createOzAuthority({ nowMs: () => atMs });
});

interface Pair {
	access_token: string;
	expire_token: string;
	expire_date: number;
	[field: string]: unknown;
}

const post = (
	path: string,
	body: unknown,
	headers: Record<string, string> = {},
) =>
	api.handler(
		new Request(base + path, {
			method: "POST",
			headers: { "content-type": "application/json", ...headers },
			body: JSON.stringify(body),
		}),
	);

const signIn = async (
	email = "user_email",
	password = "user_password",
): Promise<Pair> =>
	(
		await post("/api/authorize/auth", { credentials: { email, password } })
	).json();

const refresh = ({ access_token, expire_token }: Pair) =>
	post(
		"/api/authorize/refresh/",
		{ expire_token },
		{ "x-forensic-access-token": access_token },
	);

const get = (path: string, token?: string) =>
	api.handler(
		new Request(base + path, {
			headers: token ? { "x-forensic-access-token": token } : {},
		}),
	);

const problem = async (answer: Response) => {
	const { error_code, error_message, details } = await answer.json();
	expect(error_message).toEqual(expect.any(String));
	expect(details).toBeNull();
	return [answer.status, error_code];
};

describe("sign-in", () => {
	test("answers with every documented field", async () => {
		const answer = await signIn();
		expect(answer).toEqual({
			access_token: expect.any(String),
			expire_token: expect.any(String),
			expire_date: expect.any(Number),
			session_id: expect.any(Number),
			user_id: expect.any(String),
			old_access_token: null,
			technical_meta_data: {},
			device_info: {
				device_family: expect.any(String),
				device_platform: expect.any(String),
				device_os: expect.any(String),
				app_version: expect.any(String),
				app_build: null,
				device_locale: null,
				sdk_version: expect.any(String),
				sdk_build: null,
				bundle_id: expect.any(String),
			},
			user: {
				technical_meta_data: {},
				meta_data: {},
				user_id: answer.user_id,
				user_type: expect.any(String),
				first_name: expect.any(String),
				last_name: expect.any(String),
				middle_name: expect.any(String),
				email: "user_email",
				is_active: true,
				can_start_analyse_biometry: true,
				can_start_analyse_collection: true,
				can_start_analyse_documents: true,
				can_start_analyse_quality: true,
				company_id: expect.any(String),
			},
		});
	});

	test("tells the end in float seconds of its own clock", async () => {
		api.setClockOffset(3_600_000);
		const { expire_date } = await signIn();
		expect(Number.isInteger(expire_date)).toBe(false);
		expect(Math.floor(expire_date * 1_000)).toBe(
			atMs + 3_600_000 + 15 * 60_000,
		);
	});

	test("gives service accounts five years", async () => {
		const { expire_date } = await signIn("service_email", "service_password");
		expect(Math.floor(expire_date * 1_000) - atMs).toBe(5 * 365 * 86_400_000);
	});

	test("works with a slash at the end", async () => {
		const answer = await post("/api/authorize/auth/", {
			credentials: { email: "user_email", password: "user_password" },
		});
		expect(answer.status).toBe(200);
	});

	test.each([
		["a wrong password", { email: "user_email", password: "x" }, [403, 9]],
		["an unknown email", { email: "nobody", password: "x" }, [403, 9]],
		["no password", { email: "user_email" }, [400, 3]],
		["no credentials", undefined, [400, 3]],
		["a list", [], [400, 3]],
	])(
		"refuses %s with the documented body",
		async (_, credentials, expected) => {
			expect(
				await problem(await post("/api/authorize/auth", { credentials })),
			).toEqual(expected);
			expect(api.counters).toMatchObject({ signIns: 0, refusals: 1 });
		},
	);

	test("refuses a body that is not declared as JSON", async () => {
		const answer = await api.handler(
			new Request(`${base}/api/authorize/auth`, {
				method: "POST",
				body: '{"credentials": {"email": "user_email", "password": "user_password"}}',
			}),
		);
		expect(await problem(answer)).toEqual([400, 3]);
	});
});

describe("API calls", () => {
	test("slide the end while it lies ahead, not once it has passed", async () => {
		const { access_token } = await signIn();
		for (let call = 0; call < 3; call++) {
			atMs += 14 * 60_000;
			expect((await get("/api/users/me", access_token)).status).toBe(200);
		}
		atMs += 15 * 60_000;
		expect(await problem(await get("/api/users/me", access_token))).toEqual([
			401, 8,
		]);
		expect(await problem(await get("/api/users/me", access_token))).toEqual([
			401, 8,
		]);
	});

	test("are refused by number: 6 no token, 7 unknown, 8 expired, 9 forbidden, 10 not found", async () => {
		const { access_token } = await signIn();
		const codes = [
			await problem(await get("/api/users/me")),
			await problem(await get("/api/users/me", "made-up")),
			await problem(await get("/api/forbidden", access_token)),
			await problem(await get("/api/nothing", access_token)),
		];
		api.expireNow();
		codes.push(await problem(await get("/api/users/me", access_token)));
		expect(codes).toEqual([
			[401, 6],
			[401, 7],
			[403, 9],
			[404, 10],
			[401, 8],
		]);
	});
});

describe("refresh", () => {
	test("gives a new pair that names the old access token", async () => {
		const first = await signIn();
		const answer = await refresh(first);
		const second: Pair = await answer.json();
		expect(answer.status).toBe(200);
		expect(second.old_access_token).toBe(first.access_token);
		expect(second.access_token).not.toBe(first.access_token);
		expect(second.expire_token).not.toBe(first.expire_token);
		expect(second.session_id).toBe(first.session_id);
	});

	test("works after the access token has expired", async () => {
		const first = await signIn();
		atMs += 86_400_000;
		expect((await refresh(first)).status).toBe(200);
	});

	test("lets the old access token live until the new one is used", async () => {
		const first = await signIn();
		const second: Pair = await (await refresh(first)).json();
		expect((await get("/api/users/me", first.access_token)).status).toBe(200);
		expect((await get("/api/users/me", second.access_token)).status).toBe(200);
		expect(
			await problem(await get("/api/users/me", first.access_token)),
		).toEqual([401, 7]);
	});

	test("takes each expire_token once, and ends the session when one comes again", async () => {
		const first = await signIn();
		const second: Pair = await (await refresh(first)).json();
		expect((await refresh(first)).status).toBe(401);
		expect((await refresh(second)).status).toBe(401);
		expect((await get("/api/users/me", second.access_token)).status).toBe(401);
		expect(api.counters).toMatchObject({
			refreshes: 1,
			reuses: 1,
			refusals: 2,
		});
	});

	test("refuses as documented: 400 without expire_token, 401 without session, 403 for another's", async () => {
		const mine = await signIn();
		const other = await signIn("other_email", "other_password");
		const token = { "x-forensic-access-token": mine.access_token };
		const missing = await post("/api/authorize/refresh", {}, token);
		const unknown = await post(
			"/api/authorize/refresh",
			{ expire_token: "made-up" },
			token,
		);
		const foreign = await post(
			"/api/authorize/refresh",
			{ expire_token: other.expire_token },
			token,
		);
		const bare = await post("/api/authorize/refresh", {
			expire_token: mine.expire_token,
		});
		expect((await unknown.clone().json()).error_message).toBe(
			"Session not found",
		);
		expect([
			missing.status,
			unknown.status,
			foreign.status,
			bare.status,
		]).toEqual([400, 401, 403, 401]);
		expect((await refresh(other)).status).toBe(200);
	});
});
