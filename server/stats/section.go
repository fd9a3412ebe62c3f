package stats

// Section is one paragraph of INFO. The text that clients read and the metrics
// that Prometheus scrapes derive from the same sections.
type Section struct {
	Name   string // as INFO's heading: "Server"
	Fields []Field
}

// Field is one line of a section.
type Field struct{ Name, Value string }
