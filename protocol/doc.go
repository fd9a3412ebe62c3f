// Package protocol is the Redis serialization protocol: parser, reply writer
// and log entry.
package protocol
