/** Run by a test under `node --frozen-intrinsics`: prints how the protocols judge a plain answer and a hostile one. */
import { kazunion } from "../src/kazunion.ts";
import { oauth2 } from "../src/oauth2.ts";
import { oz } from "../src/oz.ts";

const baseUrl = "https://api.example.com";
const context = { nowMs: 1_800_000_000_000 };
const answer = (body: string) => ({ status: 200, headers: {}, body });
const ozAnswer =
	'{"access_token":"a","expire_token":"r","expire_date":1800000900,"user":{"user_id":"u","toString":1}}';

console.log(
	JSON.stringify([
		oz({ baseUrl }).signIn.judge(answer(ozAnswer), context).type,
		kazunion({ baseUrl, timezoneOffsetMinutes: 240 }).signIn.judge(
			answer('{"accessToken":"a","refreshToken":"r","passwordExpired":false}'),
			context,
		).type,
		oauth2({
			baseUrl,
			tokenUrl: "/token",
			grant: "password",
			clientId: "app",
		}).signIn.judge(
			answer('{"access_token":"a","token_type":"bearer"}'),
			context,
		).type,
		oz({ baseUrl }).signIn.judge(
			answer('{"__proto__":{"access_token":"a"},"constructor":1,"toString":2}'),
			context,
		).type,
	]),
);
