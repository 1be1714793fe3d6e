export { kyTransport } from "./ky-transport.ts";
export {
	type AuthContext,
	type WithAuthOptions,
	withAuth,
} from "./with-auth.ts";
