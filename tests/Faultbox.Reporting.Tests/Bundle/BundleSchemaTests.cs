using Faultbox.Core.Verdicts;
using Faultbox.Reporting.Bundle;
using Faultbox.Reporting.Host;
using Faultbox.Reporting.Tests.Support;

namespace Faultbox.Reporting.Tests.Bundle;

public sealed class BundleSchemaTests
{
    [Fact]
    public void Manifests_of_whole_and_partial_runs_satisfy_the_published_schema()
    {
        using var directory = new TemporaryDirectory();
        var cutShort = Sample.Suite() with
        {
            Signal = "SIGTERM",
            NotRun = ["test_z"],
            Crash = new CrashRecord("defect", "at X", "test_reserve"),
            Prints = "loaded\n",
            Files = [Sample.File("/elsewhere/x.star", "/elsewhere/x.star", "x = 1\n"), new CapturedFile("/srv/project/specs/b", "b", new byte[51 << 20])],
        };

        Assert.Empty(Validate(Sample.Write(directory), "manifest"));
        Assert.Empty(Validate(Sample.Write(directory, Sample.Bundle(cutShort) with { Filter = "reserve*", Repeats = 3 }), "manifest"));
    }

    [Fact]
    public void The_description_of_this_host_satisfies_the_published_schema()
    {
        using var directory = new TemporaryDirectory();
        var host = HostProbe.Gather([KeyValuePair.Create("./self", Environment.ProcessPath!)]) with
        {
            Remotes = [new RemoteEndpoint("a", "main", "a:1", "http", Sample.Start)],
            Images = new Dictionary<string, string> { ["postgres:16"] = "sha256:00" },
            Features = ["syscall faults"],
        };

        Assert.Empty(Validate(Sample.Write(directory, Sample.Bundle() with { Environment = host }), "env"));
    }

    private static IReadOnlyList<string> Validate(string bundle, string document)
    {
        using var content = new MemoryStream();
        BundleReader.Open(bundle).CopyTo($"{document}.json", content);
        return JsonSchema.Load($"{document}.schema.json").Validate(content.ToArray());
    }
}
