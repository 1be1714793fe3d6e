/**
 * The scripts, all of what Keyturn does in Redis. Each is one atomic step.
 *
 * `KEYS[1]`, the record, is a hash:
 *
 * | field | holds |
 * | --- | --- |
 * | `schema` | version of this layout; a higher one is left alone |
 * | `epoch`, `generation` | the stamp that `swap` compares |
 * | `at` | Redis time when the tokens arrived, ms |
 * | `live` | 1; 0 for a tombstone |
 * | `data` | the record as JSON, or encrypted |
 * | `fence` | fencing number of the last lease that was given |
 * | `spending` | fence of the lease that has begun to present this record's refresh token |
 * | `doubt` | 1: such a lease ended without a word; the refresh token may be used up |
 *
 * `KEYS[2]`, the lease, is a string: the random value of its holder, with a time to live.
 */
import type { Script } from "./script.ts";

/** 1.1.0: nothing here is newer than Redis 6.2 and Valkey 7.2. Time is Redis' own, in ms (B67). */
const now = `
local function now()
	local time = redis.call('TIME')
	return time[1] * 1000 + math.floor(time[2] / 1000)
end`;

/** A user may write the record and yet not publish; the message is only a hint. */
const tell = `
local function tell(channel, message)
	redis.pcall('PUBLISH', channel, message)
end`;

/**
 * ARGV: schema, value of the reader's lease or ''.
 * Answers nothing, or {schema, epoch, generation, age in ms, data, in doubt, lease lost}.
 *
 * Reading under the lease marks the record: from here on its refresh token may be on its way to the server. The mark
 * costs no trip of its own, and goes when the record is replaced or the lease is given back without a doubt (B63).
 */
export const readScript: Script = {
	lua: `${now}
local r = redis.call('HMGET', KEYS[1], 'schema', 'epoch', 'generation', 'at', 'data', 'live', 'fence', 'spending', 'doubt')
local holder = redis.call('GET', KEYS[2])
local isLost = (ARGV[2] ~= '' and holder ~= ARGV[2]) and 1 or 0
if not r[2] then return {0, 0, 0, 0, '', 0, isLost} end
local doubt = r[9] or (r[8] and (r[8] ~= r[7] or not holder))
if ARGV[2] ~= '' and isLost == 0 and r[6] == '1' and tonumber(r[1]) <= tonumber(ARGV[1]) then
	if doubt then redis.call('HSET', KEYS[1], 'doubt', 1) end
	redis.call('HSET', KEYS[1], 'spending', r[7])
end
return {r[1], r[2], r[3], now() - tonumber(r[4]), r[5], doubt and 1 or 0, isLost}`,
};

/**
 * ARGV: schema, expected epoch and generation ('' and '': nothing is there), epoch, generation, age in ms, live, data,
 * time to live in ms, 1 if a record that has vanished may be put back, channel, message.
 * Answers 1 written, 0 refused, -1 a newer schema is there.
 */
export const swapScript: Script = {
	lua: `${now}${tell}
local r = redis.call('HMGET', KEYS[1], 'schema', 'epoch', 'generation')
if r[1] and tonumber(r[1]) > tonumber(ARGV[1]) then return -1 end
if r[2] then
	if r[2] ~= ARGV[2] or r[3] ~= ARGV[3] then return 0 end
elseif ARGV[2] ~= '' and ARGV[10] ~= '1' then
	return 0
end
redis.call('HSET', KEYS[1], 'schema', ARGV[1], 'epoch', ARGV[4], 'generation', ARGV[5],
	'at', string.format('%.0f', now() - tonumber(ARGV[6])), 'live', ARGV[7], 'data', ARGV[8])
redis.call('HDEL', KEYS[1], 'spending', 'doubt')
redis.call('PEXPIRE', KEYS[1], ARGV[9])
tell(ARGV[11], ARGV[12])
return 1`,
};

/**
 * Puts back a record that Redis has lost. The lease is lost with it, and its holder may still be at work: so nobody
 * gets a new one for as long as the old one can last, and what comes back is in doubt.
 * ARGV: schema, epoch, generation, age in ms, data, time to live in ms, lease in ms, value of the caller's lease or '',
 * channel, message. Answers 1 put back, 0 something is there.
 */
export const restoreScript: Script = {
	lua: `${now}${tell}
if redis.call('HEXISTS', KEYS[1], 'epoch') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'schema', ARGV[1], 'epoch', ARGV[2], 'generation', ARGV[3],
	'at', string.format('%.0f', now() - tonumber(ARGV[4])), 'live', 1, 'data', ARGV[5], 'doubt', 1)
redis.call('HINCRBY', KEYS[1], 'fence', 1)
redis.call('PEXPIRE', KEYS[1], ARGV[6])
local holder = redis.call('GET', KEYS[2])
if not holder or holder == ARGV[8] then redis.call('SET', KEYS[2], 'lost', 'PX', ARGV[7]) end
tell(ARGV[9], ARGV[10])
return 1`,
};

/**
 * ARGV: value, lease in ms, the stamp that the caller knows (epoch and generation, or '' and '').
 * Answers {1, fence} given, {0, ms left} somebody has it, {2, epoch, generation} no need: the record is newer than the
 * caller knows, {3} the record that the caller knows is gone.
 */
export const acquireScript: Script = {
	lua: `
local r = redis.call('HMGET', KEYS[1], 'epoch', 'generation')
if ARGV[3] ~= '' then
	if not r[1] then return {3} end
	local epoch, known = tonumber(r[1]), tonumber(ARGV[3])
	if epoch > known or (epoch == known and tonumber(r[2]) > tonumber(ARGV[4])) then return {2, r[1], r[2]} end
end
if redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2]) then
	local fence = redis.call('HINCRBY', KEYS[1], 'fence', 1)
	if not r[1] then redis.call('PEXPIRE', KEYS[1], 86400000) end
	return {1, fence}
end
return {0, redis.call('PTTL', KEYS[2])}`,
};

/**
 * Gives back the caller's lease and no other (B64). ARGV: value, fence, 1 if the refresh token may be used up, channel,
 * message. Answers 1 given back, 0 it was not the caller's any more.
 */
export const releaseScript: Script = {
	lua: `${tell}
if ARGV[3] == '0' and redis.call('HGET', KEYS[1], 'spending') == ARGV[2] then redis.call('HDEL', KEYS[1], 'spending') end
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
tell(ARGV[4], ARGV[5])
return 1`,
};
