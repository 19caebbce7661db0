namespace Faultbox.Spec.Tests.Faults;

public sealed class FaultValueTests
{
    [Theory]
    [InlineData("deny(\"EOOPS\")", "deny(): unknown errno \"EOOPS\"; supported: ")]
    [InlineData("deny()", "deny(): missing required argument errno")]
    [InlineData("deny(5)", "deny(): errno must be string or list of strings, got int")]
    [InlineData("deny([])", "deny(): errno must name at least one error")]
    [InlineData("deny(\"EIO\", max_fires = \"x\", probability = 0.5)", "deny(): max_fires must be an integer, got string")]
    [InlineData("deny(\"EIO\", max_fires = 0, probability = 0.5)", "deny(): max_fires must be > 0, got 0")]
    [InlineData("deny(\"EIO\", max_fires = 2)", "deny(): max_fires= is only meaningful with probability < 1")]
    [InlineData("deny(\"EIO\", mode = \"x\")", "deny(): mode= must be \"exhaustive\" or \"stochastic\", got \"x\"")]
    [InlineData("deny(\"EIO\", probability = 0.5, max_fires = 2, mode = \"stochastic\")", "deny(): max_fires= is incompatible with mode=\"stochastic\"")]
    [InlineData("deny(\"EIO\", probability = 0.5, mode = \"exhaustive\")", "deny(): mode=\"exhaustive\" requires max_fires= > 0")]
    [InlineData("deny(\"EIO\", probability = 101)", "deny(): probability must lie between 0 and 1, or 0% and 100%, got 101")]
    [InlineData("deny(\"EIO\", probability = \"many\")", "deny(): probability must lie between 0 and 1, or 0% and 100%, got \"many\"")]
    [InlineData("deny(\"EIO\", probability = -0.1)", "got -0.1")]
    [InlineData("deny(\"EIO\", probability = [])", "deny(): probability must be float, int or string, got list")]
    [InlineData("deny(\"EIO\", propability = 0.1)", "deny(): unknown keyword argument \"propability\"; did you mean \"probability\"? valid: errno, probability, label")]
    [InlineData("deny(\"EIO\", nth = 1, after = 2)", "deny(): nth= and after= exclude each other")]
    [InlineData("deny(\"EIO\", after = -1)", "deny(): after must be > -1, got -1")]
    [InlineData("deny(\"EIO\", every = 0)", "deny(): every must be > 0, got 0")]
    [InlineData("deny(\"EIO\", first = \"1\")", "deny(): first must be int, got string")]
    [InlineData("deny(\"EIO\", role = \"boss\")", "deny(): role must be \"main\" or \"child\", got \"boss\"")]
    [InlineData("deny(\"EIO\", on = \"tape\")", "deny(): on must be \"file\", \"socket\", \"pipe\" or \"stdio\", got \"tape\"")]
    [InlineData("deny(\"EIO\", to = \"db\")", "deny(): to=\"db\" is no address; pass the service or interface itself")]
    [InlineData("deny(\"EIO\", to = \"db:99999\")", "deny(): to=\"db:99999\" has \"99999\" where a port from 1 to 65535 belongs")]
    [InlineData("deny(\"EIO\", to = \"db:abc\")", "deny(): to=\"db:abc\" has \"abc\" where a port from 1 to 65535 belongs")]
    [InlineData("deny(\"EIO\", to = \"10.0.0.1:0\")", "has \"0\" where a port")]
    [InlineData("deny(\"EIO\", to = \"[::1]:70000\")", "has \"70000\" where a port")]
    [InlineData("deny(\"EIO\", to = \"10.0.0.0/8:x\")", "has \"x\" where a port")]
    [InlineData("deny(\"EIO\", to = \"10.0.0.0/33\")", "has no prefix behind the slash; it has 0 to 32 bits")]
    [InlineData("deny(\"EIO\", to = \"db:\")", "has \"\" where a port")]
    [InlineData("deny(\"EIO\", to = \":80\")", "has no host in front of the port")]
    [InlineData("deny(\"EIO\", to = \"http://db:80\")", "is a URL, and a destination has no scheme and no path")]
    [InlineData("deny(\"EIO\", to = \"a:b:80\")", "to=\"a:b:80\" is no address")]
    [InlineData("kill(to = [\"10.0.0.1:80\", \"db:port\"])", "kill(): to=\"db:port\" has \"port\" where a port")]
    [InlineData("deny(\"EIO\", to = [])", "deny(): to=[]: an empty list restricts nothing; leave to= out, or name at least one")]
    [InlineData("deny(\"EIO\", on = [])", "deny(): on=[]: an empty list restricts nothing")]
    [InlineData("delay(\"1s\", path = [])", "delay(): path=[]: an empty list restricts nothing")]
    [InlineData("deny(\"EIO\", to = 5)", "deny(): to must be a service, an interface_ref, a string or a list of them, got int")]
    [InlineData("deny(\"EIO\", path = 5)", "deny(): path must be string or list of strings, got int")]
    [InlineData("deny(\"EIO\", path = \"\")", "deny(): path=\"\": an empty pattern restricts nothing; leave it out to cover every path")]
    [InlineData("deny(\"EIO\", path = [\"/a/**\", \"/a/[b\"])", "deny(): path=\"/a/[b\": the class that [ begins has no ] and the pattern would match nothing; close it, or write \\[")]
    [InlineData("deny(\"EIO\", path = \"/a/[c-d][z-a]\")", "deny(): path=\"/a/[c-d][z-a]\": the range z-a in a class ends before it begins and stands for no character")]
    [InlineData("delay(\"1s\", path = \"/a/b\\\\\")", "delay(): path=\"/a/b\\\\\": the \\ at its end escapes nothing")]
    [InlineData("kill(thread = \"\")", "kill(): thread=\"\": an empty pattern restricts nothing; leave it out to cover every thread")]
    [InlineData("deny(\"EIO\", thread = \"ForkJoinPool.commonPool-*\")", "deny(): thread=\"ForkJoinPool.commonPool-*\": the kernel keeps 15 bytes of a name, so this never matches")]
    [InlineData("deny(\"EIO\", process = \"sixteen-bytes-xx\")", "deny(): process=\"sixteen-bytes-xx\": the kernel keeps 15 bytes of a name")]
    [InlineData("allow(exe = \"[\")", "allow(): exe=\"[\": the class that [ begins has no ]")]
    [InlineData("op(syscalls = [\"write\"], path = \"/a/[b\")", "op(): path=\"/a/[b\": the class that [ begins has no ]")]
    [InlineData("op(syscalls = [\"write\"], path = \"\")", "op(): path=\"\": an empty pattern restricts nothing")]
    [InlineData("deny(\"EIO\", bytes_gt = -1)", "deny(): bytes_gt must not be negative, got -1")]
    [InlineData("deny(\"EIO\", bytes_gt = 4, bytes_lt = 5)", "deny(): bytes_gt=4 and bytes_lt=5: no size is left, the fault could never act")]
    [InlineData("deny(\"EIO\", bytes_lt = 0)", "deny(): bytes_lt=0: no size is left, the fault could never act")]
    [InlineData("deny(\"EIO\", during = \"0\")", "deny(): during must be positive, got \"0\"")]
    [InlineData("delay(\"soon\")", "delay(): bad duration \"soon\"")]
    [InlineData("delay(\"-1s\")", "delay(): duration must not be negative, got \"-1s\"")]
    [InlineData("delay()", "delay() requires a duration")]
    [InlineData("delay(path = \"/a\")", "delay() requires a duration: delay(\"500ms\") for system calls, delay(path=\"/orders\", delay=\"500ms\") for messages; valid with delay=: delay, method")]
    [InlineData("delay(\"1s\", query = \"SELECT\")", "delay(): query= belongs to a rule on messages")]
    [InlineData("delay(delay = \"1s\", to = \"10.0.0.1:80\")", "delay(): to= belongs to a rule on system calls")]
    [InlineData("delay(\"1s\", then = 3)", "delay(): then must be deny(...), got int")]
    [InlineData("allow(probability = 0.5)", "allow(): unknown keyword argument \"probability\"")]
    public void Mistakes_in_fault_values_are_load_errors(string call, string message)
    {
        Assert.Contains(message, SpecDirectory.Error($"x = {call}\n").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Fault_values_print_what_they_do()
    {
        Assert.Equal(
            "<fault deny(EIO)> <fault deny(EINTR,EAGAIN)> <fault delay(1.5s)> <fault delay(2s,then=deny(EIO))> <fault allow> fault\n",
            SpecDirectory.Model("print(deny(\"eio\"), deny([\"EINTR\", \"EAGAIN\"]), delay(\"1500ms\"), delay(\"2s\", then = deny(\"EIO\")), allow(path = \"/x\"), type(allow()))\n").Prints);
    }

    [Fact]
    public void A_probability_of_zero_is_reported()
    {
        var finding = Assert.Single(SpecDirectory.Model("x = deny(\"EIO\", probability = \"0%\")\n").Diagnostics, d => d.Code == "PROBABILITY_ZERO");
        Assert.Equal(1, finding.Position!.Value.Line);
    }

    [Theory]
    [InlineData("fault_assumption()", "fault_assumption(): missing required argument name")]
    [InlineData("fault_assumption(1)", "fault_assumption(): name must be string, got int")]
    [InlineData("fault_assumption(\"a\", write = deny(\"EIO\"))", "fault_assumption(\"a\"): target= is required with faults on system calls (write)")]
    [InlineData("fault_assumption(\"a\", target = 1, write = deny(\"EIO\"))", "fault_assumption(\"a\"): target must be a service or an interface_ref, got int")]
    [InlineData("fault_assumption(\"a\", target = 1)", "fault_assumption(\"a\"): target must be a service or an interface_ref, got int")]
    [InlineData("fault_assumption(\"a\", target = s, rules = [drop()])", "fault_assumption(\"a\"): rules= act on an interface; write target = s.main")]
    [InlineData("fault_assumption(\"a\", rules = 1)", "fault_assumption(\"a\"): rules must be list, got int")]
    [InlineData("fault_assumption(\"a\", faults = 1)", "fault_assumption(\"a\"): faults must be list, got int")]
    [InlineData("fault_assumption(\"a\", monitors = 1)", "fault_assumption(\"a\"): monitors must be list, got int")]
    [InlineData("fault_assumption(\"a\", target = s, wirte = deny(\"EIO\"))", "fault_assumption(\"a\"): unknown keyword \"wirte\" for service \"s\"; did you mean \"write\"? system calls: write, read, connect, openat, fsync, sendto, recvfrom, writev, readv, close, pwrite64, pread64, fdatasync, sendmsg, recvmsg; operations of \"s\": persist")]
    [InlineData("fault_assumption(\"a\", target = s, write = 1)", "fault_assumption(\"a\"): write= must be a fault (delay/deny/allow), got int; for example write = deny(\"EIO\")")]
    [InlineData("fault_assumption(\"a\", rules = [drop()])", "fault_assumption(\"a\"): target must be an interface_ref with rules=, got NoneType")]
    [InlineData("fault_assumption(\"a\", faults = [1])", "fault_assumption(\"a\"): faults[0] must be a fault_assumption, got int")]
    public void Mistakes_in_assumptions_name_the_assumption(string call, string message)
    {
        const string Service = "s = service(\"s\", \"/bin/true\", interface(\"main\", \"tcp\", 1), ops = {\"persist\": op(syscalls = [\"write\"])})\n";
        Assert.Contains(message, SpecDirectory.Error(Service + $"x = {call}\n").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_on_calls_and_on_messages_may_have_one_target()
    {
        var model = SpecDirectory.Model("""
            s = service("s", "/bin/true", interface("main", "tcp", 1))
            t = service("t", "/bin/true", interface("main", "tcp", 2))
            print(fault_assumption("both", target = s.main, write = deny("EIO"), rules = [drop()]))
            def test_x():
                fault(fault_assumption("later", target = t.main, fsync = deny("EIO")), run = lambda: None)
            """);
        Assert.Equal("<fault_assumption both s.write=deny s.main=drop>\n", model.Prints);
        Assert.Equal(["s", "t"], model.FilteredSyscalls.Keys.Order());
        Assert.Contains("fsync", model.FilteredSyscalls["t"]);
    }

    [Fact]
    public void Assumptions_are_composed_and_print_their_rules()
    {
        Assert.Equal(
            "<fault_assumption down s.write=deny s.fsync=delay> 1\n",
            SpecDirectory.Model("""
                s = service("s", "/bin/true")
                slow = fault_assumption("slow", target = s, fsync = delay("1s"))
                down = fault_assumption("down", target = s, faults = [slow], write = deny("EIO"))
                print(down, {down: 1}[down])
                """).Prints);
    }
}
