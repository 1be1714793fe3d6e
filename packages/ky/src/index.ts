export { kyTransport } from "./ky-transport.ts";
export {
	type AuthExtension,
	authOptions,
	type RequestAuth,
	type WithAuthOptions,
	withAuth,
} from "./with-auth.ts";
