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
}
