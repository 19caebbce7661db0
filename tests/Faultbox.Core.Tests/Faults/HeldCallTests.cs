using Faultbox.Core.Holds;
using static Faultbox.Core.Tests.Faults.ScriptedService;

namespace Faultbox.Core.Tests.Faults;

/// <summary>Calls that wait in a queue before any rule is asked.</summary>
public sealed class HeldCallTests
{
    private readonly ScriptedService _service = new(o => o with { Addresses = new TwoServices(), DetectUnmediatedIo = true });
    private readonly HoldQueue _queue = new();

    [Fact]
    public void A_held_call_has_an_event_for_its_arrival_and_one_for_its_release()
    {
        Hold("write");
        _service.OnDescriptor("write", "/srv/a");
        _service.OnDescriptor("write", "/srv/b");
        _queue.ReleaseOne();
        _queue.ReleaseOne(errno: 5);

        Assert.Equal(
            ["hold(gate) /srv/a ", "hold(gate) /srv/b ", "allow (released) /srv/a ", "deny(5) (released) /srv/b EIO"],
            _service.Log.OfType("syscall").Select(e => $"{e.Field("decision")} {e.Field("path")} {e.Field("errno")}"));
    }

    [Fact]
    public void What_the_peer_did_before_is_known_only_after_a_connection_that_ran()
    {
        _service.Log.Emit("x", "cache");
        Hold("connect");
        _service.Connect("127.0.0.1", 6379);
        _service.Connect("127.0.0.1", 6379);

        _queue.ReleaseOne(errno: 111);
        Assert.Equal(0, _service.Latest.Clock["cache"]);
        _queue.ReleaseOne();
        Assert.Equal(1, _service.Latest.Clock["cache"]);
    }

    [Fact]
    public void A_connection_to_nobody_declared_is_reported_when_it_is_held()
    {
        Hold("connect");
        _service.Connect("203.0.113.7", 53);

        Assert.Equal("dns", Assert.Single(_service.Log.OfType("unmediated_io")).Field("category"));
    }

    [Fact]
    public void A_path_that_cannot_be_resolved_counts_when_its_call_is_held()
    {
        Hold("write");
        _service.OnUnknownDescriptor("write");

        Assert.Equal(1, _service.Engine.UnresolvedPaths);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("/srv/*")]
    public void A_rule_whose_calls_were_all_held_says_so(string? path)
    {
        Hold("fsync");
        var window = _service.Open("fsync", Deny("EIO"), path);
        _service.OnDescriptor("fsync", "/srv/a");
        _service.OnDescriptor("fsync", "/srv/a");
        _queue.ReleaseAll();
        _service.Engine.Close(window);

        Assert.Equal(
            "2 fsync while the window was open, all held by --gates, which is asked before every fault: leave fsync out of --gates",
            Assert.Single(_service.Log.OfType("fault_zero_traffic")).Field("hint"));
    }

    private void Hold(string call) => _service.Engine.Hold(new HoldRule(_queue, [call]));
}
