package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// Alert is a rule as it is written: what it means is for the caller to say.
type Alert struct {
	Name    string        // "" for none
	On      string        // one of AlertSubjects
	Metric  string        // one of AlertMetrics
	Query   string        // only flows that it finds; "" for all
	Above   Amount        // bytes/s, bytes, or packets lost
	Below   *Amount       // clear_below: what ends it; nil for the rule's own hysteresis
	For     time.Duration // how long it has to hold
	Actions []string      // some of AlertActions; nil for all, empty for none
}

// What an alert may be about, measure and do.
var (
	AlertSubjects = []string{"flow", "process", "remote", "interface", "total"}
	AlertMetrics  = []string{"rate", "volume", "new-destination", "new-process", "drops"}
	AlertActions  = []string{"bell", "flash", "log"}
)

// maxHold is the longest time that an alert may have to hold.
const maxHold = 24 * time.Hour

func readAlerts(c *Config, n *yaml.Node) error {
	if n.Kind != yaml.SequenceNode {
		return fmt.Errorf("want a list of rules, got %s", shown(n))
	}
	for _, item := range n.Content {
		a := Alert{On: "total", Metric: "rate"}
		above := false
		err := pairs(item, "what a rule says", func(name, value *yaml.Node) error {
			above = above || name.Value == "above"
			return a.set(name, value)
		})
		if err != nil {
			return err
		}
		if bounded := a.Metric == "rate" || a.Metric == "volume"; bounded && a.Above <= 0 {
			return at(item, fmt.Errorf("a rule on the %s needs above: an amount", a.Metric))
		} else if above && strings.HasPrefix(a.Metric, "new-") {
			return at(item, fmt.Errorf("a rule on a %s has no above", a.Metric))
		}
		if a.Below != nil && *a.Below > a.Above {
			return at(item, fmt.Errorf("want clear_below %v at most, got %v", a.Above, *a.Below))
		}
		c.Alerts = append(c.Alerts, a)
	}
	return nil
}

// set takes one line of a rule.
func (a *Alert) set(name, value *yaml.Node) error {
	switch name.Value {
	case "name":
		return text(value, &a.Name)
	case "query":
		return text(value, &a.Query)
	case "on":
		return oneOf(value, &a.On, AlertSubjects)
	case "metric":
		return oneOf(value, &a.Metric, AlertMetrics)
	case "above":
		v, err := ParseAmount(value.Value)
		a.Above = v
		return at(value, err)
	case "clear_below":
		v, err := ParseAmount(value.Value)
		a.Below = &v
		return at(value, err)
	case "for":
		v, err := time.ParseDuration(value.Value)
		if err != nil || v < 0 || v > maxHold {
			return at(value, fmt.Errorf("want a time such as 10s, %v at most, got %q", maxHold, value.Value))
		}
		a.For = v
		return nil
	case "action":
		return a.actions(value)
	}
	return at(name, fmt.Errorf("want on, metric, above, clear_below, for, query, action or name, got %q", name.Value))
}

func (a *Alert) actions(value *yaml.Node) error {
	items := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		items = value.Content
	}
	a.Actions = []string{}
	for _, item := range items {
		var action string
		if err := oneOf(item, &action, AlertActions); err != nil {
			return err
		}
		if !slices.Contains(a.Actions, action) {
			a.Actions = append(a.Actions, action)
		}
	}
	return nil
}
