using Faultbox.Core.Matching;

namespace Faultbox.Core.Tests.Matching;

public class PathGlobTests
{
    [Theory]
    [InlineData("/srv/*.wal", "/srv/a.wal", true)]
    [InlineData("/srv/*.wal", "/srv/d/a.wal", false)]
    [InlineData("/srv/**/*.wal", "/srv/d/e/a.wal", true)]
    [InlineData("a/**/b", "a/b", true)]
    [InlineData("/srv/q/", "/srv/q/file", true)]
    [InlineData("/srv/q/", "/srv/q/d/file", false)]
    [InlineData("/srv/**", "/srv", true)]
    [InlineData("/srv/?", "/srv/a", true)]
    [InlineData("/srv/[ab]", "/srv/b", true)]
    [InlineData("/srv/[!ab]", "/srv/b", false)]
    [InlineData("/srv/[a", "/srv/a", false)]
    [InlineData("/srv/\\*", "/srv/*", true)]
    [InlineData("", "/anything", true)]
    public void A_pattern_covers_the_paths_it_should(string pattern, string path, bool covered) =>
        Assert.Equal(covered, new PathGlob(pattern).MatchesPath(path));

    [Fact]
    public void A_pathological_pattern_is_matched_in_linear_time()
    {
        var glob = new PathGlob(string.Concat(Enumerable.Repeat("**a", 24)) + "b");

        Assert.False(glob.IsMatch("/" + new string('a', 4000)));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("abc", 3)]
    [InlineData("a?[x-z]*b**c", 5)]
    [InlineData("a/**/b", 3)]
    [InlineData("a/**", 1)]
    [InlineData("**/a", 1)]
    [InlineData("\\**", 1)]
    [InlineData("long[", 0)]
    public void The_shortest_match_counts_what_has_to_be_there(string pattern, int characters) =>
        Assert.Equal(characters, PathGlob.ShortestMatchOf(pattern));
}
