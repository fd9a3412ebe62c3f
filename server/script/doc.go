// Package script runs Lua scripts and functions as Redis does.
package script
