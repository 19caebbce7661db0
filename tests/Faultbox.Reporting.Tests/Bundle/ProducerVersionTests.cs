using Faultbox.Reporting.Bundle;

namespace Faultbox.Reporting.Tests.Bundle;

public sealed class ProducerVersionTests
{
    [Theory]
    [InlineData("0.9.7", "0.9.8", VersionClass.Drift)]
    [InlineData("0.9.7", "1.0.0", VersionClass.Major)]
    [InlineData("1.2.3", "0.9.7", VersionClass.Major)]
    [InlineData("", "0.1.0", VersionClass.Unknown)]
    [InlineData("custom", "0.1.0", VersionClass.Unknown)]
    [InlineData("v0.9.7", "0.9.7", VersionClass.Same)]
    [InlineData(" 0.9.7 ", "0.9.7", VersionClass.Same)]
    public void Versions_are_classified(string bundle, string tool, VersionClass expected) =>
        Assert.Equal(expected, new ProducerVersion(bundle, tool).Class);

    [Fact]
    public void Equal_versions_are_not_mentioned()
    {
        var same = new ProducerVersion("0.1.0", "0.1.0");

        Assert.Null(same.ReadWarning);
        Assert.Null(same.ReplayMessage);
    }

    [Fact]
    public void Drift_is_a_warning_that_names_both_versions_and_the_one_to_install()
    {
        var drift = new ProducerVersion("0.9.7", "0.9.8");

        Assert.Equal("warn: the bundle was made by faultbox 0.9.7, this is 0.9.8; for an identical replay install 0.9.7", drift.ReadWarning);
        Assert.Equal(drift.ReadWarning, drift.ReplayMessage);
        Assert.False(drift.RefusesReplay);
    }

    [Fact]
    public void A_major_difference_warns_readers_and_refuses_replay_with_a_way_out()
    {
        var major = new ProducerVersion("0.9.7", "1.0.0");

        Assert.StartsWith("warn: MAJOR", major.ReadWarning);
        Assert.Contains("replay will refuse", major.ReadWarning);
        Assert.True(major.RefusesReplay);
        Assert.StartsWith("error: MAJOR", major.ReplayMessage);
        Assert.Contains("install 0.9.7", major.ReplayMessage);
        Assert.Contains("--extract-only", major.ReplayMessage);
    }
}
