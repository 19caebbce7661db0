using Faultbox.Core.Faults;
using static Faultbox.Core.Tests.Faults.ScriptedService;

namespace Faultbox.Core.Tests.Faults;

public class RuleScopeTests
{
    private readonly ScriptedService _service = new(o => o with { Addresses = new TwoServices(), Callers = new TwoThreads() });

    [Fact]
    public void A_rule_without_path_steps_aside_for_the_loader()
    {
        _service.Open("openat", Deny("ENOENT"));

        Assert.Equal(DecisionKind.AllowSystemPath, _service.OpenAt("/usr/lib/libc.so.6").Kind);
        Assert.Equal(DecisionKind.Deny, _service.OpenAt("/srv/x").Kind);
        Assert.Equal(1, Assert.Single(_service.Engine.SummarizeRules()).Matches);
    }

    [Fact]
    public void A_rule_with_path_decides_by_its_glob_alone()
    {
        _service.Open("openat", Deny("ENOENT"), path: "/proc/**");

        Assert.Equal(DecisionKind.Deny, _service.OpenAt("/proc/self/maps").Kind);
        Assert.Equal(DecisionKind.Allow, _service.OpenAt("/srv/x").Kind);
    }

    [Fact]
    public void A_system_file_behind_a_descriptor_is_no_exception_but_its_path_is_not_shown()
    {
        _service.Open("write", Deny("EIO"));

        Assert.Equal(DecisionKind.Deny, _service.OnDescriptor("write", "/dev/null").Kind);
        Assert.Null(_service.Latest.Field("path"));
    }

    [Theory]
    [InlineData("anon_inode:[eventfd]")]
    [InlineData("anon_inode:[eventpoll]")]
    public void The_plumbing_of_language_runtimes_is_left_alone(string target)
    {
        _service.Open("write", Deny("EIO"));

        Assert.Equal(DecisionKind.Allow, _service.OnDescriptor("write", target).Kind);
        Assert.Equal(0, Assert.Single(_service.Engine.SummarizeRules()).Matches);
    }

    [Fact]
    public void A_path_rule_never_fires_on_other_descriptors_or_unknown_paths()
    {
        _service.Open("write", Deny("EIO"), path: "/srv/**/*.wal");

        string[] others = ["/dev/null", "socket:[7]", "pipe:[8]", "/srv/q/a.wal (deleted)"];
        Assert.All(others, o => Assert.Equal(DecisionKind.Allow, _service.OnDescriptor("write", o).Kind));
        Assert.Equal(DecisionKind.Allow, _service.OnUnknownDescriptor("write").Kind);
        Assert.Equal(1, _service.Engine.UnresolvedPaths);
        Assert.Equal(DecisionKind.Deny, _service.OnDescriptor("write", "/srv/q/a.wal").Kind);
    }

    [Fact]
    public void An_unscoped_rule_fires_on_an_unknown_path()
    {
        _service.Open("write", Deny("EIO"));

        Assert.Equal(DecisionKind.Deny, _service.OnUnknownDescriptor("write").Kind);
    }

    [Theory]
    [InlineData(DescriptorKinds.File, "/srv/a", 5, true)]
    [InlineData(DescriptorKinds.File, "socket:[1]", 5, false)]
    [InlineData(DescriptorKinds.Socket, "socket:[1]", 5, true)]
    [InlineData(DescriptorKinds.Pipe | DescriptorKinds.Socket, "pipe:[1]", 5, true)]
    [InlineData(DescriptorKinds.Stdio, "pipe:[1]", 1, true)]
    [InlineData(DescriptorKinds.Stdio, "pipe:[1]", 5, false)]
    public void On_selects_kinds_of_descriptor(DescriptorKinds on, string target, int descriptor, bool fires)
    {
        _service.Open("write", Deny("EIO") with { Scope = new FaultScope { On = on } });

        Assert.Equal(fires, _service.OnDescriptor("write", target, descriptor).Kind == DecisionKind.Deny);
    }

    [Theory]
    [InlineData("cache", "127.0.0.1", 6379, true)]
    [InlineData("cache", "::ffff:127.0.0.1", 6379, true)]
    [InlineData("cache", "127.0.0.1", 5432, false)]
    [InlineData("10.1.0.0/16", "10.1.200.3", 80, true)]
    [InlineData("10.1.0.0/16", "10.2.0.1", 80, false)]
    [InlineData("10.1.0.0/16:443", "10.1.0.1", 80, false)]
    [InlineData("127.0.0.1:5432", "127.0.0.1", 5432, true)]
    [InlineData("[::1]:5432", "::1", 5432, true)]
    [InlineData("[::1]:5432", "::1", 5433, false)]
    [InlineData("[fd00::/8]:5432", "fd00::7", 5432, true)]
    [InlineData("[fd00::/8]:5432", "fd00::7", 5433, false)]
    [InlineData("::1", "::1", 80, true)]
    [InlineData("[::1]", "::1", 80, true)]
    [InlineData("localhost:9", "127.0.0.1", 9, true)]
    [InlineData("localhost:9", "127.0.0.1", 10, false)]
    public void To_selects_destinations(string to, string address, int port, bool fires)
    {
        _service.Open("connect", Deny("ECONNREFUSED") with { Scope = new FaultScope { Destinations = [to] } });

        Assert.Equal(fires, _service.Connect(address, port).Kind == DecisionKind.Deny);
    }

    [Fact]
    public void An_unknown_destination_is_refused_with_its_text()
    {
        var error = Assert.Throws<FaultRejectedException>(() =>
            _service.Open("connect", Deny("ECONNREFUSED") with { Scope = new FaultScope { Destinations = ["cahce"] } }));

        Assert.Contains("\"cahce\"", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(200, false)]
    [InlineData(300, false)]
    public void Process_thread_executable_and_role_restrict_callers(int thread, bool fires)
    {
        FaultScope[] scopes =
        [
            new FaultScope { Process = "led*" }, new FaultScope { Thread = "main" },
            new FaultScope { Executable = "/opt/**" }, new FaultScope { Role = "main" },
        ];
        Assert.All(scopes, scope =>
        {
            var window = _service.Open("write", Deny("EIO") with { Scope = scope });
            Assert.Equal(fires, _service.OnDescriptor("write", "/srv/a", thread: thread).Kind == DecisionKind.Deny);
            _service.Engine.Close(window);
        });
    }

    [Theory]
    [InlineData(100, null, 101, true)]
    [InlineData(100, null, 100, false)]
    [InlineData(null, 100, 99, true)]
    [InlineData(null, 100, 100, false)]
    public void Sizes_are_strict_bounds(int? above, int? below, long bytes, bool fires)
    {
        _service.Open("write", Deny("EIO") with { Scope = new FaultScope { BytesAbove = above, BytesBelow = below } });

        Assert.Equal(fires, _service.OnDescriptor("write", "/srv/a", bytes: bytes).Kind == DecisionKind.Deny);
    }

    [Fact]
    public void An_allowed_connect_to_a_known_service_merges_its_clock_and_no_other()
    {
        _service.Log.Emit("x", "cache");
        _service.Log.Emit("x", "db");

        _service.Connect("127.0.0.1", 6379);

        var connect = _service.Latest;
        Assert.Equal("127.0.0.1:6379", connect.Field("dest"));
        Assert.Equal((1, 0), ((int)connect.Clock["cache"], (int)connect.Clock["db"]));
    }

    [Fact]
    public void A_connect_to_nowhere_known_merges_everybody()
    {
        _service.Log.Emit("x", "cache");
        _service.Log.Emit("x", "db");

        _service.Connect("::1", 4000);

        Assert.Equal("[::1]:4000", _service.Latest.Field("dest"));
        Assert.Equal((1, 1), ((int)_service.Latest.Clock["cache"], (int)_service.Latest.Clock["db"]));
    }

    [Theory]
    [InlineData("cache", 6379)]
    [InlineData("cache:7000", 7000)]
    public void A_service_that_is_started_at_another_address_is_followed_there(string to, int port)
    {
        var addresses = new TwoServices();
        var service = new ScriptedService(o => o with { Addresses = addresses });
        service.Open("connect", Deny("ECONNREFUSED") with { Scope = new FaultScope { Destinations = [to, "localhost:80"] } });
        Assert.Equal(DecisionKind.Deny, service.Connect("127.0.0.1", port).Kind);

        addresses.Move("10.0.0.9");

        Assert.Equal(DecisionKind.Deny, service.Connect("10.0.0.9", port).Kind);
        Assert.Equal(DecisionKind.Allow, service.Connect("127.0.0.1", port).Kind);
        Assert.Equal(DecisionKind.Deny, service.Connect("127.0.0.1", 80).Kind);
    }

    private sealed class TwoThreads : ICallerDirectory
    {
        public Caller? Find(int threadId) => threadId switch
        {
            100 => new Caller(100, "ledgerd", "main", "/opt/ledger/ledgerd", IsMain: true),
            200 => new Caller(200, "sh", "worker", "/bin/sh", IsMain: false),
            _ => null,
        };
    }
}
