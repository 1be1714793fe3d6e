import { authOptions, withAuth } from "@keyturn/ky";
import ky from "ky";
import type { Adapter } from "./adapters.ts";

/** In a file of its own: ky asks a polluted prototype for options of its own when it loads. */
export const throughKy: Adapter = (auth) => {
	const client = ky.extend(withAuth(auth));
	return (url, init, mode) =>
		client(url, {
			...init,
			retry: 0,
			throwHttpErrors: false,
			...(mode && authOptions({ auth: mode })),
		});
};
