using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using Faultbox.Core.Diagnostics;
using Faultbox.Core.Topology;
using Faultbox.Core.Verdicts;
using Faultbox.Linux.Processes;
using Faultbox.Linux.Seccomp;
using Faultbox.Linux.Syscalls;
using Faultbox.Runtime.Containers;
using Faultbox.Runtime.Output;
using Faultbox.Runtime.Proxying;
using Faultbox.Runtime.Services;
using Faultbox.Runtime.Supervision;

namespace Faultbox.Runtime.Execution;

/// <summary>What all tests of a run share.</summary>
internal sealed class RunContext : IDisposable
{
    private static readonly TimeSpan DefaultBudget = TimeSpan.FromMinutes(3);

    private readonly ConcurrentDictionary<string, ServiceStreams> _streams = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ServiceInstance, bool> _live = new();
    private readonly Dictionary<string, ServiceEnvironment> _environments = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _programs = new(StringComparer.Ordinal);
    private readonly List<Diagnostic> _findings = [];
    private readonly Dictionary<InterfaceAddress, RemoteUse> _remotes = [];
    private readonly LearnedFilters? _learned;
    private int _weakIsolationNoted;

    /// <summary>Prepares the run directory and the launcher.</summary>
    /// <exception cref="UsageException">A variable that configures the run is malformed.</exception>
    public RunContext(SpecModel spec, RunOptions options, IRunObserver observer, string runId)
    {
        Spec = spec;
        Options = options;
        Observer = new SerializedObserver(observer);
        Budget = options.TestBudget ?? BudgetOfEnvironment() ?? DefaultBudget;
        Budget = LongestChain() is var chain && chain > Budget ? chain : Budget;
        Directory = RunDirectory.Create(options.RunDirectory ?? RunDirectory.Root, runId);
        _learned = LearnedFilters.Of(spec);
        Filters = new FilterPlan(spec, _learned);
        if (options.Gates.Count > 0)
        {
            foreach (var service in spec.Services.Where(s => s.Seccomp))
            {
                Filters.Extend(service.Name, options.Gates);
            }
        }

        Security = new RunSecurity(spec.Services, Directory.Path);
        Proxies = new ProxySet(spec.Services, Observer, Security, Directory.Path);
        Bridges = new SocketBridges(spec.Services, text => Observer.Log(RunLogLevel.Warning, "proxy", text, []));
        Plan = new AddressPlan
        {
            Services = spec.Services,
            ProxyPorts = Proxies.Ports,
            ProxySockets = Proxies.SocketPaths,
            MappedPorts = PublishedPorts.Reserve(spec.Services).Concat(Bridges.Ports).ToDictionary(),
            Faultable = spec.FaultedInterfaces,
            CertificateFile = Security.CertificateFile,
        };
        Addresses = new AddressBook(Plan, Proxies.PortsOf);
        Containers = new ContainerRunner(spec, Plan, Addresses, runId, Observer);
        Reach = new ProxyReach(this);
    }

    /// <summary>Ways to unix sockets past their proxies.</summary>
    public SocketBridges Bridges { get; }

    /// <summary>The specification.</summary>
    public SpecModel Spec { get; }

    /// <summary>Certificates of the run.</summary>
    public RunSecurity Security { get; }

    /// <summary>How the suite is run.</summary>
    public RunOptions Options { get; }

    /// <summary>Who watches; takes calls from any thread.</summary>
    public IRunObserver Observer { get; }

    /// <summary>Private directory of the run.</summary>
    public RunDirectory Directory { get; }

    /// <summary>Intercepted calls per service.</summary>
    public FilterPlan Filters { get; }

    /// <summary>The proxies in front of the interfaces.</summary>
    public ProxySet Proxies { get; }

    /// <summary>Where the services are reachable.</summary>
    public AddressBook Addresses { get; }

    /// <summary>Addresses of the topology, the same for the whole run.</summary>
    public AddressPlan Plan { get; }

    /// <summary>Launches containers.</summary>
    public ContainerRunner Containers { get; }

    /// <summary>Tries whether containers reach the proxies.</summary>
    public ProxyReach Reach { get; }

    /// <summary>Launches programs of this host.</summary>
    public ServiceLauncher Launcher { get; } = new();

    /// <summary>Answers delayed calls.</summary>
    public ReplyTimer Timer { get; } = new();

    /// <summary>Paths and destinations seen in intercepted calls.</summary>
    public PathTable Paths { get; } = new();

    /// <summary>Budget of starting services, long enough for the declared healthchecks of any dependency chain.</summary>
    public TimeSpan Budget { get; }

    /// <summary>Shortages found before the first test, as sentences that follow a start failure.</summary>
    public IReadOnlyList<string> Shortages { get; set; } = [];

    /// <summary>Output files of the launched services, ordered by name.</summary>
    public IReadOnlyList<ServiceStreams> Streams => [.. _streams.Values.OrderBy(s => s.Service, StringComparer.Ordinal)];

    /// <summary>Findings about the environments of the launched services.</summary>
    public IReadOnlyList<Diagnostic> Findings => _findings;

    /// <summary>Programs of the launched services: path as written and absolute path, ordered.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Programs => [.. _programs];

    /// <summary>Intercepts more calls of a service from its next launch on, in later runs of the same specification from the first.</summary>
    public void Learn(string service, IReadOnlyList<string> calls)
    {
        Filters.Extend(service, calls);
        Observer.FilterLearned(service, Filters.CallsOf(service));
        if (_learned?.Add(service, calls) is { } problem)
        {
            Observer.Log(RunLogLevel.Warning, "runtime", $"the calls that \"{service}\" needs cannot be remembered for the next run: {problem}", []);
        }
    }

    /// <summary>Endpoints of remote services that were used, in order of first use.</summary>
    public IReadOnlyList<RemoteUse> Remotes => [.. _remotes.Values];

    /// <summary>Remembers that the endpoints of a remote service are used.</summary>
    public void NoteRemote(ServiceDefinition service)
    {
        foreach (var endpoint in service.Interfaces)
        {
            _remotes.TryAdd(
                new InterfaceAddress(service.Name, endpoint.Name),
                new RemoteUse(service.Name, endpoint.Name, Plan.Direct(service, endpoint).ToString(), endpoint.Protocol, DateTime.UtcNow));
        }
    }

    /// <summary>Remembers which program a path stands for.</summary>
    public void AddProgram(string written, string resolved) => _programs[written] = resolved;

    /// <summary>Environment and arguments of a service; the same for every launch of the run.</summary>
    public ServiceEnvironment EnvironmentOf(ServiceDefinition service)
    {
        if (!_environments.TryGetValue(service.Name, out var environment))
        {
            environment = ServiceEnvironment.Build(Plan, service, service.Kind == ServiceKind.Binary ? HostEnvironment() : []);
            _environments.Add(service.Name, environment);
            var bypasses = AddressFindings.NotRewritten(service, environment, Plan, Spec.FaultedInterfaces);
            foreach (var finding in environment.Findings.Concat(bypasses).Except(_findings).Except(Spec.Diagnostics))
            {
                _findings.Add(finding);
                Observer.Diagnostic(finding);
            }
        }

        return environment;
    }

    /// <summary>The environment values and arguments that a service was given by the specification, with the addresses put in.</summary>
    public IEnumerable<string> TextsOf(ServiceDefinition service)
    {
        var built = EnvironmentOf(service);
        return built.Environment
            .Where(e => service.Environment.Any(own => e.StartsWith($"{own.Key}=", StringComparison.Ordinal)))
            .Concat(built.Arguments);
    }

    /// <summary>Output files of one service.</summary>
    public ServiceStreams StreamsOf(string service) => _streams.GetOrAdd(service, CreateStreams);

    /// <summary>Directory of one service inside the run directory.</summary>
    public string DirectoryOf(string service)
    {
        var index = Spec.Services.Select(s => s.Name).ToList().IndexOf(service);

        // Any text is a legal service name, so the directory is named by number.
        var path = Path.Combine(Directory.Path, index.ToString(CultureInfo.InvariantCulture));
        System.IO.Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>Says, once per run, that services run without namespaces.</summary>
    public void NoteWeakIsolation()
    {
        if (Interlocked.Exchange(ref _weakIsolationNoted, 1) == 0)
        {
            Observer.Log(
                RunLogLevel.Warning,
                "runtime",
                "the kernel or a container policy refuses process namespaces: services run in process groups of their own instead",
                []);
        }
    }

    /// <summary>Remembers a launched service for an immediate end of the run.</summary>
    public void Add(ServiceInstance instance) => _live[instance] = true;

    /// <summary>Forgets a stopped service.</summary>
    public void Remove(ServiceInstance instance) => _live.TryRemove(instance, out _);

    /// <summary>Kills every launched service at once.</summary>
    public void KillAll()
    {
        foreach (var instance in _live.Keys)
        {
            instance.Process.Kill();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        KillAll();
        Reach.Dispose();
        Containers.Dispose();
        Proxies.Dispose();
        Bridges.Dispose();
        Security.Dispose();
        Launcher.Dispose();
        Timer.Dispose();
        foreach (var streams in _streams.Values)
        {
            streams.Dispose();
        }

        Directory.Dispose();
    }

    private static TimeSpan? BudgetOfEnvironment()
    {
        const string Variable = "FAULTBOX_TEST_BUDGET";
        var text = Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrEmpty(text) ? null
            : Durations.TryParse(text, out var budget) && budget > TimeSpan.Zero ? budget
            : throw new UsageException($"{Variable}: bad duration \"{text}\"; write for example 90s or 5m");
    }

    private static IEnumerable<KeyValuePair<string, string>> HostEnvironment() =>
        Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(e => KeyValuePair.Create((string)e.Key, (string?)e.Value ?? ""));

    private ServiceStreams CreateStreams(string service) => new(service, DirectoryOf(service));

    private TimeSpan LongestChain()
    {
        Dictionary<string, TimeSpan> chains = new(StringComparer.Ordinal);
        return Spec.Services.Select(s => Chain(s.Name)).DefaultIfEmpty().Max();

        TimeSpan Chain(string name)
        {
            if (!chains.TryGetValue(name, out var chain) && Spec.FindService(name) is { } service)
            {
                chain = (service.Healthcheck?.Timeout ?? TimeSpan.Zero) + service.DependsOn.Select(Chain).DefaultIfEmpty().Max();
                chains[name] = chain;
            }

            return chain;
        }
    }
}
