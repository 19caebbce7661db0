using Faultbox.Core.Matching;

namespace Faultbox.Core.Tests.Matching;

/// <summary>Patterns on parts of protocol messages.</summary>
public sealed class MessageGlobTests
{
    [Theory]
    [InlineData("/api/*", "/api/v1/x")]
    [InlineData("/*", "/a/b")]
    [InlineData("get", "GET")]
    [InlineData("*", "/p.S/M")]
    [InlineData("/v1/**", "/v1/a/b")]
    [InlineData("", "anything")]
    [InlineData("*orders*", "a/orders/7")]
    [InlineData("*/x", "a/b/x")]
    [InlineData("/a/*/c", "/a/b/c")]
    [InlineData("/x?y*", "/x1y")]
    [InlineData("/[a-c]*", "/b/c")]
    [InlineData("/[^a]x*", "/bx")]
    [InlineData("/\\**", "/*x")]
    [InlineData("/[*", "/[x")]
    [InlineData("/x[1]", "/X[1]")]
    public void Item_03_a_pattern_covers(string pattern, string text) => Assert.True(new MessageGlob(pattern).IsMatch(text));

    [Theory]
    [InlineData("ge*", "GET")]
    [InlineData("/x?y", "/xay")]
    [InlineData("/api/*", "/health")]
    [InlineData("/a/*/d", "/a/b/c/d")]
    [InlineData("/[a-c]x", "/bx")]
    [InlineData("/[a-c*x", "/bx")]
    [InlineData("get", "GETS")]
    public void Item_03_a_pattern_does_not_cover(string pattern, string text) => Assert.False(new MessageGlob(pattern).IsMatch(text));
}
