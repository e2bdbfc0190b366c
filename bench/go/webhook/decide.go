package main

import (
	"fmt"
	"strings"
	"time"
)

// fixture is what both sides of the admission benchmarks decide from; bench/admission_fixture.py writes it.
type fixture struct {
	Reports    []report    `json:"reports"`
	Policy     policy      `json:"policy"`
	Exceptions []exception `json:"exceptions"`
}

type report struct {
	Digest string `json:"digest"`
	Rows   []row  `json:"rows"`
}

type row struct {
	ID        string   `json:"id"`
	Aliases   []string `json:"aliases"`
	Severity  string   `json:"severity"`
	Package   string   `json:"package"`
	Installed string   `json:"installed"`
	Fixed     string   `json:"fixed"`
}

type policy struct {
	Name  string `json:"name"`
	Rules []rule `json:"rules"`
}

type rule struct {
	Name              string `json:"name"`
	SeverityAtLeast   string `json:"severityAtLeast"`
	UnknownSeverityAs string `json:"unknownSeverityAs"`
	Fixable           string `json:"fixable"`
}

type exception struct {
	Name      string    `json:"name"`
	IDs       []string  `json:"ids"`
	ExpiresAt time.Time `json:"expiresAt"`
}

var severityRank = map[string]int{"Unknown": 0, "Low": 1, "Medium": 2, "High": 3, "Critical": 4}

type snapshot struct {
	rows       map[string][]row
	policy     policy
	exceptions map[string]time.Time
}

func newSnapshot(from fixture) *snapshot {
	made := &snapshot{rows: map[string][]row{}, policy: from.Policy, exceptions: map[string]time.Time{}}
	for _, one := range from.Reports {
		made.rows[one.Digest] = one.Rows
	}
	for _, one := range from.Exceptions {
		for _, id := range one.IDs {
			made.exceptions[id] = one.ExpiresAt
		}
	}
	return made
}

func (s *snapshot) excepted(found row, now time.Time) bool {
	if until, ok := s.exceptions[found.ID]; ok && now.Before(until) {
		return true
	}
	for _, alias := range found.Aliases {
		if until, ok := s.exceptions[alias]; ok && now.Before(until) {
			return true
		}
	}
	return false
}

func (r rule) denies(found row) bool {
	severity := found.Severity
	if severity == "Unknown" {
		severity = r.UnknownSeverityAs
	}
	if severityRank[severity] < severityRank[r.SeverityAtLeast] {
		return false
	}
	return r.Fixable != "Only" || found.Fixed != ""
}

// judge returns an empty text when the image may run.
func (s *snapshot) judge(image string, now time.Time) string {
	_, digest, named := strings.Cut(image, "@")
	rows, known := s.rows[digest]
	if !named || !known {
		return fmt.Sprintf("image %s has not been scanned yet", image)
	}
	for _, rule := range s.policy.Rules {
		var denied []row
		for _, found := range rows {
			if rule.denies(found) && !s.excepted(found, now) {
				denied = append(denied, found)
			}
		}
		if len(denied) > 0 {
			return message(image, s.policy.Name, rule.Name, denied)
		}
	}
	return ""
}

func message(image, policyName, ruleName string, denied []row) string {
	var text strings.Builder
	fmt.Fprintf(&text, "image %s has %d unresolved findings that ClusterScanPolicy/%s rule %q denies:\n", image,
		len(denied), policyName, ruleName)
	for index, found := range denied {
		if index == 10 {
			fmt.Fprintf(&text, "  and %d more\n", len(denied)-index)
			break
		}
		fmt.Fprintf(&text, "  %-8s %s %s %s", found.Severity, found.ID, found.Package, found.Installed)
		if found.Fixed != "" {
			fmt.Fprintf(&text, ", fixed in %s", found.Fixed)
		}
		text.WriteByte('\n')
	}
	return text.String()
}

func imagesOf(spec podSpec) []string {
	var images []string
	for _, list := range [][]container{spec.InitContainers, spec.Containers, spec.EphemeralContainers} {
		for _, one := range list {
			images = append(images, one.Image)
		}
	}
	for _, one := range spec.Volumes {
		if one.Image != nil {
			images = append(images, one.Image.Reference)
		}
	}
	return images
}
