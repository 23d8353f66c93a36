/** What a device must be told. */
export interface AgentFacts {
  readonly fleet: string
  readonly node: string
  readonly operator: string
  readonly brokerUrl: string
  /** File that holds its password. */
  readonly password: string
}

/** The agent.yaml of one device, with a sensor that every Linux machine has. */
export const agentYaml = (
  facts: AgentFacts,
): string => `# One device of the fleet, on a machine of its own.
# What jobs may do here: hypernet-agent permissions. Run it: hypernet-agent run -c agent.yaml
node: ${facts.node}
fleet: ${facts.fleet}
broker:
  url: "${facts.brokerUrl}"
  password: { file: ${facts.password} }       # a file of mode 600
# Keys whose orders this device obeys: that of the controller, as hypernet up prints it.
operators: ["${facts.operator}"]
labels: { site: cellar }
sensors:
  - { id: load, source: load, channel: 1m, unit: /, every: 10s }     # of this machine
# Jobs may read what stands here and nothing else.
permissions: { sensors: [load] }
state: ${facts.node}-state                     # key and memory of the device; made when missing
`

/** What `hypernet init` writes beside agent.yaml, by file name. Each works as it stands; a test runs them. */
export const FILES: Readonly<Record<string, string>> = {
  'controller.yaml': `# The controller of one fleet. Run it: hypernet up
fleet: lab

# An MQTT broker inside of the controller. For a broker of your own write instead:
#   external: { url: "mqtt://127.0.0.1:1883", password: { file: controller.password } }
broker:
  embedded:
    listen: "127.0.0.1:1883"     # 0.0.0.0:1883 for every address of this machine
    maxClients: 2000

# Folder for jobs, results, the keys of devices and the operator key; made when missing.
store: state

# Virtual devices that run beside the controller: the devices' own code, in a few processes.
virtual: [fleet.yaml]

limits:
  jobs: 50                       # jobs that are not ended, at a time
`,
  'fleet.yaml': `# Eight virtual weather stations, each with some rows of rows.csv.
apiVersion: hypernet.dev/v1
kind: VirtualFleet
metadata: { name: stations }
spec:
  fleet: lab
  devices: 8                     # or rows: one device for each row
  prefix: station                # station-0 to station-7
  labels: { site: roof }         # jobs select devices by labels
  rows: rows.csv                 # its first line names the columns
  columns:
    temperature: { unit: Cel }   # a sensor, named as its column, and its SenML unit
    height: { unit: m }
  processes: 2
  seed: 1                        # keys of virtual devices are drawn from it; they are no secret
`,
  'rows.csv': `temperature,height
14.2,12
13.9,55
13.1,190
12.4,310
11.8,420
12.9,240
10.6,585
9.7,760
13.6,101
11.1,500
12.0,377
NA,640
8.9,880
14.0,31
10.1,690
12.6,281
`,
  'job.yaml': `# How does temperature fall with height? Check it first: hypernet job check job.yaml
apiVersion: hypernet.dev/v1
kind: FusionJob
metadata: { name: lapse-rate }
spec:
  selector: { matchLabels: { site: roof } }
  model:
    type: leastSquares           # or average, sum, gaussian and others: docs/jobs.md
    response: temperature        # an expression over sensors: log(zinc), temperature - 273.15
    terms: [1, height]
`,
  'README.md': `# A fleet of your own

In one terminal:

    hypernet up

In another:

    hypernet job submit job.yaml --watch
    hypernet job result lapse-rate --csv

controller.yaml runs an MQTT broker on this machine, with the virtual devices of fleet.yaml, which
read rows.csv. job.yaml says what they shall work out among themselves. Devices send sums and not
rows; but the sum of a device with a single row tells that row.

Before anything runs: \`hypernet job check job.yaml\` explains the job in words, and

    hypernet simulate job.yaml --rows rows.csv --loss 0.3 --seed 7

rehearses it on a bad network, in virtual time. \`hypernet fleet ls\` lists the devices,
\`hypernet doctor\` looks for what is wrong.

agent.yaml is a real device, with this machine's load as its sensor; run it in a third terminal:

    hypernet-agent run -c agent.yaml

Its password stands in node-1.password, and the key that it obeys is in state/operator.key: both
for your eyes alone. \`hypernet device add NAME\` makes further ones.
`,
}
