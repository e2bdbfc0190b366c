#include "registry/link_header.h"

#include <gtest/gtest.h>

#include <vector>

namespace registry {
namespace {

struct Row {
  const char* name;
  const char* field;
  const char* next;  // empty: none
};
void PrintTo(const Row& row, std::ostream* out) {
  *out << row.name;
}
class NextLink : public ::testing::TestWithParam<Row> {};

TEST_P(NextLink, IsFoundByItsRelation) {
  EXPECT_EQ(next_link(GetParam().field).value_or(""), GetParam().next);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, NextLink,
    ::testing::Values(Row{"Distribution", R"(</v2/_catalog?last=b&n=2>; rel="next")", "/v2/_catalog?last=b&n=2"},
                      Row{"WithoutQuotes", "</a>; rel=next", "/a"}, Row{"UpperCase", R"(</a>;REL="NEXT")", "/a"},
                      Row{"Spaces", R"(  < /a>  ;  rel = "next"  )", " /a"},
                      Row{"Second", R"(</a>; rel="prev", </b>; rel="next")", "/b"},
                      Row{"FirstOfTwo", R"(</a>; rel="next", </b>; rel="next")", "/a"},
                      Row{"AmongRelations", R"(</a>; rel="first next last")", "/a"},
                      Row{"OtherParameters", R"(</a>; title="x; rel=y, </z>"; rel="next")", "/a"},
                      Row{"QuotedQuote", R"(</a>; title="\"; rel=prev"; rel="next")", "/a"},
                      Row{"CommaInTheTarget", R"(</a?x=1,2>; rel="next")", "/a?x=1,2"},
                      Row{"Previous", R"(</a>; rel="prev")", ""}, Row{"NoRelation", "</a>", ""},
                      Row{"LongerWord", R"(</a>; rel="nextpage")", ""}, Row{"Empty", "", ""},
                      Row{"EmptyTarget", R"(<>; rel="next")", ""}, Row{"Open", R"(</a; rel="next")", ""},
                      Row{"NotALink", R"(/a; rel="next")", ""}, Row{"OpenQuotes", R"(</a>; rel="next)", ""},
                      Row{"BackslashAtTheEnd", "</a>; title=\"\\", ""}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace registry
