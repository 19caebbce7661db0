using System.Text.RegularExpressions;
using Faultbox.Core.Events;
using Faultbox.Core.Faults;
using static Faultbox.Core.Tests.Faults.ScriptedService;

namespace Faultbox.Core.Tests.Faults;

public class ZeroTrafficTests
{
    private readonly ScriptedService _service = new(o => o with { Service = "orders", Dependencies = ["db"] });

    [Fact]
    public void A_connection_opened_before_the_window_is_named_with_its_count()
    {
        for (var i = 0; i < 3; i++)
        {
            _service.Connect("127.0.0.1", 5432);
        }

        Assert.StartsWith(
            "connect happened 3 times before the window opened (connection reused): fault write or read",
            HintOf("connect", () => _service.OnDescriptor("write", "socket:[77]")),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connect", "sendto", "sendto or recvfrom")]
    [InlineData("connect", "writev", "write or read")]
    [InlineData("accept", "recvmsg", "recvfrom or sendto")]
    [InlineData("connect", "fsync", "write or read, or sendto or recvfrom in a program that uses those")]
    public void The_advice_for_a_reused_connection_names_the_calls_that_the_program_makes_on_it(string keyword, string made, string fault)
    {
        _service.OnDescriptor(keyword, "socket:[77]");

        var hint = HintOf(keyword, () => _service.OnDescriptor(made, "socket:[77]"));

        Assert.Equal($"{keyword} happened once before the window opened (connection reused): fault {fault}", hint.Split("; ")[0]);
    }

    [Fact]
    public void The_call_that_did_the_work_is_named_with_its_count()
    {
        Assert.StartsWith(
            "0 sendto but 41 write on stream sockets: fault write",
            HintOf("sendto", () =>
            {
                for (var i = 0; i < 41; i++)
                {
                    _service.OnDescriptor("write", "socket:[77]");
                }
            }),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sendmmsg", "write", "0 sendmmsg but 1 write on stream sockets: fault write")]
    [InlineData("recvmsg", "read", "0 recvmsg but 1 read on stream sockets: fault read")]
    [InlineData("preadv", "pread64", "0 preadv but 1 pread64: fault read")]
    [InlineData("accept4", "accept", "0 accept4 but 1 accept: fault accept")]
    [InlineData("statx", "fstat", "0 statx but 1 fstat: fault stat")]
    [InlineData("creat", "openat", "0 creat but 1 openat: fault openat")]
    [InlineData("fdatasync", "fsync", "0 fdatasync but 1 fsync: fault fsync")]
    public void A_sibling_that_did_the_work_is_named_by_the_keyword_that_covers_it(string keyword, string made, string why) =>
        Assert.StartsWith(why, HintOf(keyword, () => _service.OnDescriptor(made, "socket:[77]")), StringComparison.Ordinal);

    [Fact]
    public void A_sibling_in_the_window_counts_for_more_than_the_same_call_before_it()
    {
        _service.OnDescriptor("fdatasync", "/srv/a");

        Assert.StartsWith(
            "0 fdatasync but 1 fsync: fault fsync; fdatasync happened once, all before the window opened",
            HintOf("fdatasync", () => _service.OnDescriptor("fsync", "/srv/a")),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Silence_between_a_service_and_its_dependency_is_named_with_its_duration() =>
        Assert.Matches(@"no traffic between orders and db while the window was open \(\d+ ms\)", HintOf("write", () => { }));

    [Fact]
    public void Every_rule_of_a_window_tells_the_same_duration()
    {
        var service = new ScriptedService(time: new RestlessTime());
        var window = service.Engine.OpenFaults([Rule("write", Deny("EIO")), Rule("fsync", Deny("EIO"))], default);
        service.Engine.Close(window);

        var told = service.Log.OfType("fault_zero_traffic").Select(e => Regex.Match(e.Field("hint")!, @"\d+ ms").Value).ToList();
        Assert.Equal(2, told.Count);
        Assert.Single(told.Distinct());
    }

    [Fact]
    public void The_nearest_path_is_shown_when_none_matched()
    {
        var hint = HintOf("write", () =>
        {
            _service.OnDescriptor("write", "/var/log/x");
            _service.OnDescriptor("write", "/srv/q/deep/a.wal");
        }, path: "/srv/*.wal");

        Assert.Contains("nearest /srv/q/deep/a.wal", hint, StringComparison.Ordinal);
        Assert.Contains("**", hint, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pipe_or_a_terminal_is_not_the_nearest_path()
    {
        var hint = HintOf("write", () =>
        {
            _service.OnDescriptor("write", "pipe:[5]");
            _service.OnDescriptor("write", "/dev/pts/3");
        }, path: "/srv/*.wal");

        Assert.StartsWith("2 write, all on pipes, sockets or devices such as a terminal, none on a file: ", hint, StringComparison.Ordinal);
        Assert.EndsWith("leave the path out", hint, StringComparison.Ordinal);
    }

    [Fact]
    public void Unresolved_paths_are_counted()
    {
        var hint = HintOf("write", () => _service.OnUnknownDescriptor("write"), path: "/srv/*.wal");

        Assert.Contains("1 path could not be resolved", hint, StringComparison.Ordinal);
        Assert.Equal("1", ZeroTraffic.Field("unresolved_paths"));
    }

    [Fact]
    public void Otherwise_the_calls_that_were_made_are_listed_most_frequent_first()
    {
        var hint = HintOf("fsync", () =>
        {
            _service.OnDescriptor("read", "socket:[77]");
            _service.OnDescriptor("write", "socket:[77]");
            _service.OnDescriptor("write", "socket:[77]");
        });

        Assert.Contains("write 2, read 1", hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("process", "worker*")]
    [InlineData("to", "10.0.0.0/8")]
    [InlineData("on", "file")]
    [InlineData("bytes_gt", "4096")]
    public void A_restriction_that_no_call_met_is_named(string keyword, string value)
    {
        var service = new ScriptedService(o => o with { Service = "orders", Callers = new Nobody() });
        var scope = keyword switch
        {
            "process" => new FaultScope { Process = value },
            "to" => new FaultScope { Destinations = [value] },
            "on" => new FaultScope { On = DescriptorKinds.File },
            _ => new FaultScope { BytesAbove = long.Parse(value) },
        };
        var window = service.Open("write", Deny("EIO") with { Scope = scope });
        service.OnDescriptor("write", "socket:[77]");
        service.Engine.Close(window);

        var hint = service.Latest.Field("hint");
        Assert.Contains("1 write", hint, StringComparison.Ordinal);
        Assert.Contains($"{keyword}=", hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("on")]
    [InlineData("bytes_gt")]
    public void A_restriction_that_calls_on_the_path_of_the_rule_did_not_meet_is_named_and_not_the_path(string keyword)
    {
        var scope = keyword == "on" ? new FaultScope { On = DescriptorKinds.Socket } : new FaultScope { BytesAbove = 4096 };
        var window = _service.Open("write", Deny("EIO") with { Scope = scope }, path: "/srv/*.wal");
        _service.OnDescriptor("write", "/srv/a.wal");
        _service.OnDescriptor("write", "/srv/other");
        _service.Engine.Close(window);

        var hint = ZeroTraffic.Field("hint")!;
        Assert.StartsWith($"1 write while the window was open, none with {keyword}=", hint, StringComparison.Ordinal);
        Assert.DoesNotContain("other paths", hint, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(DescriptorKinds.Any, "/srv/*.wal")]
    [InlineData(DescriptorKinds.File, null)]
    public void A_rule_whose_time_had_passed_when_its_calls_came_says_so(DescriptorKinds on, string? path)
    {
        var scope = on == DescriptorKinds.Any ? null : new FaultScope { On = on };
        var window = _service.Open("write", Deny("EIO") with { Scope = scope, During = TimeSpan.Zero }, path);
        _service.OnDescriptor("write", "/srv/a.wal");
        _service.Engine.Close(window);

        Assert.Equal(
            "1 write, all after the time of during= had passed: drive the service earlier or raise it",
            ZeroTraffic.Field("hint"));
    }

    [Fact]
    public void A_rule_that_only_observes_is_never_idle()
    {
        _service.Engine.Close(_service.Open("write", Observe));

        Assert.Empty(_service.Log.OfType("fault_zero_traffic"));
        Assert.False(Assert.Single(_service.Engine.SummarizeRules()).ZeroTraffic);
    }

    [Fact]
    public void A_family_of_which_one_member_matched_is_not_idle()
    {
        var window = _service.Open("write", Deny("EIO"));
        _service.OnDescriptor("pwrite64", "/srv/a");
        _service.Engine.Close(window);

        Assert.Empty(_service.Log.OfType("fault_zero_traffic"));
    }

    [Fact]
    public void The_row_of_the_keyword_carries_the_explanation()
    {
        var hint = HintOf("write", () => { });

        var row = Assert.Single(_service.Engine.SummarizeRules());
        Assert.True(row.ZeroTraffic);
        Assert.Equal(hint, row.Hint);
    }

    private TraceEvent ZeroTraffic => Assert.Single(_service.Log.OfType("fault_zero_traffic"));

    private string HintOf(string keyword, Action during, string? path = null)
    {
        var window = _service.Open(keyword, Deny("EIO"), path);
        during();
        _service.Engine.Close(window);
        return ZeroTraffic.Field("hint")!;
    }

    /// <summary>A clock that goes on by a second whenever it is read.</summary>
    private sealed class RestlessTime : TimeProvider
    {
        private long _seconds;

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Interlocked.Increment(ref _seconds);
    }

    private sealed class Nobody : ICallerDirectory
    {
        public Caller? Find(int threadId) => null;
    }
}
