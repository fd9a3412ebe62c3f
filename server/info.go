package server

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cachedserver/cached/server/stats"
)

// redisVersion is the Redis whose commands and figures this server has; clients
// choose what they may send by it.
const redisVersion = "7.2.4"

// infoSection is one paragraph of INFO: its heading, whether a plain INFO shows
// it, and who writes it.
type infoSection struct {
	name  string
	plain bool
	write func(*infoView, *fields)
}

// infoSections in the order of the reply.
var infoSections = []infoSection{
	{"Server", true, (*infoView).server},
	{"Clients", true, (*infoView).clients},
	{"Memory", true, (*infoView).memory},
	{"Persistence", true, (*infoView).persistence},
	{"Stats", true, (*infoView).stats},
	{"Replication", true, (*infoView).replication},
	{"CPU", true, (*infoView).cpu},
	{"Modules", true, (*infoView).modules},
	{"Commandstats", false, (*infoView).commandstats},
	{"Errorstats", true, (*infoView).errorstats},
	{"Latencystats", false, (*infoView).latencystats},
	{"Cluster", true, (*infoView).cluster},
	{"Keyspace", true, (*infoView).keyspace},
}

// Info returns the sections asked for by name; "default" (or none), "all" and
// "everything" are sets of sections. The http door's metrics derive from it.
func (srv *Server) Info(names ...string) []stats.Section {
	var out []stats.Section
	v := srv.look()
	for _, s := range infoSections {
		if !s.wanted(names) {
			continue
		}
		var f fields
		s.write(v, &f)
		out = append(out, stats.Section{Name: s.name, Fields: f})
	}
	return out
}

func (s infoSection) wanted(names []string) bool {
	for _, n := range names {
		switch strings.ToLower(n) {
		case "all", "everything", strings.ToLower(s.name):
			return true
		case "default":
			if s.plain {
				return true
			}
		}
	}
	return len(names) == 0 && s.plain
}

// infoText is INFO's reply.
func infoText(sections []stats.Section) string {
	const end = "\x0d\x0a"
	var b strings.Builder
	for i, s := range sections {
		if i > 0 {
			b.WriteString(end)
		}
		b.WriteString("# " + s.Name + end)
		for _, f := range s.Fields {
			b.WriteString(f.Name + ":" + f.Value + end)
		}
	}
	return b.String()
}

// fields collects a section's lines.
type fields []stats.Field

func (f *fields) text(name, value string) { *f = append(*f, stats.Field{Name: name, Value: value}) }

func (f *fields) format(name, format string, args ...any) {
	f.text(name, fmt.Sprintf(format, args...))
}

// ints writes pairs of a name and an integer.
func (f *fields) ints(pairs ...any) {
	for i := 0; i < len(pairs); i += 2 {
		f.format(pairs[i].(string), "%d", pairs[i+1])
	}
}

// zeros writes fields that are 0 for as long as the server lacks what they count.
func (f *fields) zeros(names ...string) {
	for _, n := range names {
		f.text(n, "0")
	}
}

// bytes writes a size and, as name_human, the same for people.
func (f *fields) bytes(name string, n int64) {
	f.ints(name, n)
	f.text(name+"_human", human(n))
}

// ratio writes a / b with two decimals.
func (f *fields) ratio(name string, a, b int64) {
	f.format(name, "%.2f", float64(a)/float64(max(b, 1)))
}

// human writes a size as Redis does: "1.50M".
func human(n int64) string {
	units := []string{"K", "M", "G", "T", "P"}
	if n < 1024 {
		return strconv.FormatInt(n, 10) + "B"
	}
	v, i := float64(n)/1024, 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	return fmt.Sprintf("%.2f%s", v, units[i])
}
