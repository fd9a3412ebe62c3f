package httpdoor

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/cachedserver/cached/server/stats"
)

// metrics serves the node's figures, Go's and the process's.
func metrics(o Options) http.Handler {
	reg := prometheus.NewRegistry()
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collector{o})
	return promhttp.HandlerFor(reg, promhttp.HandlerOpts{MaxRequestsInFlight: maxScrapes})
}

// collector turns INFO into metrics. It describes nothing in advance, since
// which commands and databases there are shows at the scrape.
type collector struct{ o Options }

// Describe makes the collector an unchecked one.
func (collector) Describe(chan<- *prometheus.Desc) {}

// Collect asks for all sections and sends what names.go knows of them.
func (c collector) Collect(ch chan<- prometheus.Metric) {
	s := &scrape{out: ch, values: map[string]string{}}
	for _, sec := range c.o.Source.Info("everything") {
		for _, f := range sec.Fields {
			s.field(sec.Name, f)
		}
	}
	s.instance()
	if c.o.Stats != nil {
		s.histograms(c.o.Stats)
		s.events(c.o.Stats)
	}
	s.gauge("up", 1)
}

// scrape is one collection under way.
type scrape struct {
	out    chan<- prometheus.Metric
	values map[string]string   // plain fields, for instance_info
	calls  map[string]callsSum // by command, for the summaries
}

type callsSum struct {
	calls uint64
	usec  float64
}

func (s *scrape) field(section string, f stats.Field) {
	switch section {
	case "Commandstats":
		s.command(strings.TrimPrefix(f.Name, "cmdstat_"), pairs(f.Value))
	case "Latencystats":
		s.percentiles(strings.TrimPrefix(f.Name, "latency_percentiles_usec_"), f.Value)
	case "Errorstats":
		s.send("errors_total", prometheus.CounterValue, pairs(f.Value)["count"], []string{"err"}, strings.TrimPrefix(f.Name, "errorstat_"))
	case "Keyspace":
		s.database(f.Name, pairs(f.Value))
	default:
		s.values[f.Name] = f.Value
		s.plain(f)
	}
}

// plain sends a field that is one number, if names.go has it or it is our own.
func (s *scrape) plain(f stats.Field) {
	v, ok := number(f.Value)
	if !ok {
		return
	}
	if name := gauges[f.Name]; name != "" {
		s.gauge(name, v)
	}
	if name := counters[f.Name]; name != "" {
		s.send(name, prometheus.CounterValue, v, nil)
	}
	switch f.Name {
	case "uptime_in_seconds":
		s.gauge("start_time_seconds", float64(time.Now().Unix())-v)
	case "latest_fork_usec":
		s.gauge("latest_fork_seconds", v/1e6)
	case "maxclients", "maxmemory":
		s.gauge("config_"+f.Name, v)
	}
	if strings.HasPrefix(f.Name, ownPrefix) {
		s.out <- metric(f.Name, prometheus.GaugeValue, v, nil)
	}
}

func (s *scrape) command(cmd string, v map[string]float64) {
	if s.calls == nil {
		s.calls = map[string]callsSum{}
	}
	s.calls[cmd] = callsSum{uint64(v["calls"]), v["usec"]}
	label := []string{"cmd"}
	s.send("commands_total", prometheus.CounterValue, v["calls"], label, cmd)
	s.send("commands_duration_seconds_total", prometheus.CounterValue, v["usec"]/1e6, label, cmd)
	s.send("commands_rejected_calls_total", prometheus.CounterValue, v["rejected_calls"], label, cmd)
	s.send("commands_failed_calls_total", prometheus.CounterValue, v["failed_calls"], label, cmd)
}

func (s *scrape) percentiles(cmd, value string) {
	quantiles := map[float64]float64{}
	for name, v := range pairs(value) {
		if q, err := strconv.ParseFloat(strings.TrimPrefix(name, "p"), 64); err == nil {
			quantiles[q] = v // percent, not 0..1: redis_exporter's label
		}
	}
	c := s.calls[cmd]
	s.try(prometheus.NewConstSummary(desc("latency_percentiles_usec", []string{"cmd"}), c.calls, c.usec, quantiles, clean(cmd)))
}

func (s *scrape) database(db string, v map[string]float64) {
	label := []string{"db"}
	s.send("db_keys", prometheus.GaugeValue, v["keys"], label, db)
	s.send("db_keys_expiring", prometheus.GaugeValue, v["expires"], label, db)
	s.send("db_avg_ttl_seconds", prometheus.GaugeValue, v["avg_ttl"]/1000, label, db)
}

func (s *scrape) instance() {
	labels := []string{"role", "redis_version", "redis_build_id", "redis_mode", "os", "maxmemory_policy", "tcp_port", "run_id", "process_id", "master_replid"}
	values := make([]string, len(labels))
	for i, l := range labels {
		values[i] = s.values[l]
	}
	s.send("instance_info", prometheus.GaugeValue, 1, labels, values...)
}

func (s *scrape) histograms(st *stats.Stats) {
	st.Histograms(func(cmd string, h *stats.Histogram) {
		steps := map[float64]uint64{}
		for _, p := range h.Cumulative() {
			steps[float64(p.Usec)] = p.Count
		}
		s.try(prometheus.NewConstHistogram(desc("commands_latencies_usec", []string{"cmd"}), h.Count(), s.calls[cmd].usec, steps, cmd))
	})
}

func (s *scrape) events(st *stats.Stats) {
	s.gauge("slowlog_length", float64(st.Slowlog.Len()))
	if last := st.Slowlog.Get(1); len(last) == 1 {
		s.gauge("slowlog_last_id", float64(last[0].ID))
		s.gauge("last_slow_execution_duration_seconds", float64(last[0].Usec)/1e6)
	}
	for _, e := range st.Latency.Events() {
		label := []string{"event_name"}
		s.send("latency_spike_last", prometheus.GaugeValue, float64(e.Latest.Time), label, e.Name)
		s.send("latency_spike_duration_seconds", prometheus.GaugeValue, float64(e.Latest.Ms)/1000, label, e.Name)
	}
}

func (s *scrape) gauge(name string, v float64) { s.send(name, prometheus.GaugeValue, v, nil) }

func (s *scrape) send(name string, t prometheus.ValueType, v float64, labels []string, values ...string) {
	s.out <- metric(namespace+name, t, v, labels, values...)
}

func (s *scrape) try(m prometheus.Metric, err error) {
	if err == nil {
		s.out <- m
	}
}

func metric(fullName string, t prometheus.ValueType, v float64, labels []string, values ...string) prometheus.Metric {
	for i := range values {
		values[i] = clean(values[i])
	}
	return prometheus.MustNewConstMetric(prometheus.NewDesc(fullName, help(fullName), labels, nil), t, v, values...)
}

func desc(name string, labels []string) *prometheus.Desc {
	return prometheus.NewDesc(namespace+name, help(namespace+name), labels, nil)
}

// clean makes a label value of what may be a client's bytes.
func clean(s string) string { return strings.ToValidUTF8(s, "?") }

// pairs reads "a=1,b=2.5".
func pairs(value string) map[string]float64 {
	out := map[string]float64{}
	for p := range strings.SplitSeq(value, ",") {
		name, text, _ := strings.Cut(p, "=")
		if v, err := strconv.ParseFloat(text, 64); err == nil {
			out[name] = v
		}
	}
	return out
}

// number reads a field as redis_exporter does.
func number(value string) (float64, bool) {
	switch value {
	case "ok":
		return 1, true
	case "err":
		return 0, true
	}
	v, err := strconv.ParseFloat(value, 64)
	return v, err == nil
}
