package command

import "github.com/cachedserver/cached/server/store"

func databases(db *store.DB) int { return 16 }

func freq(v store.Value) (uint8, bool) { return v.Freq(), false }
